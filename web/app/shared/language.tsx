// Two languages. Each feature has its texts in `texts.ts`: an object per language with the same names, whose values are
// sentences or functions that build them.

import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';

export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

export type Texts<T> = Readonly<Record<Language, T>>;

const stored = 'language';

const isLanguage = (tag: string | null): tag is Language => languages.some((language) => language === tag);

function firstLanguage(): Language {
  const wanted = [localStorage.getItem(stored), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return wanted.find(isLanguage) ?? 'en';
}

type Value = Readonly<{ language: Language; setLanguage: (language: Language) => void }>;
const Context = createContext<Value | undefined>(undefined);

export function TextProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const value = useMemo(
    () => ({
      language,
      setLanguage(next: Language) {
        localStorage.setItem(stored, next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return <Context value={value}>{children}</Context>;
}

export function useLanguage(): Value {
  const value = useContext(Context);
  if (!value) throw new Error('There is no TextProvider.');
  return value;
}

/** The texts of a feature in the language of the page. */
export const useTexts = <T,>(texts: Texts<T>): T => texts[useLanguage().language];
