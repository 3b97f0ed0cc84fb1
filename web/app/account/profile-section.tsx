import { useMutation } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, dataOf } from '../shared/api.js';
import { Choice, Field } from '../shared/field.js';
import { textOf } from '../shared/form.js';
import { languages, useLanguage, useTexts, type Language } from '../shared/language.js';
import { queryClient } from '../shared/queries.js';
import { sharedTexts } from '../shared/texts.js';
import { Form, useFaults } from './form.js';
import { profileQuery, type Profile } from './profile.js';
import { Done, Section } from './section.js';
import { settingsTexts } from './settings-texts.js';

export function ProfileSection({ profile }: Readonly<{ profile: Profile }>) {
  const texts = useTexts(settingsTexts);
  const { save } = useTexts(sharedTexts);
  const { language, setLanguage } = useLanguage();
  const change = useMutation({
    mutationFn: async (form: HTMLFormElement) => dataOf(await api.changeProfile(profileIn(form))),
    onSuccess: (changed) => {
      queryClient.setQueryData(profileQuery.queryKey, changed);
      if (changed.locale) setLanguage(changed.locale);
    },
  });
  const faults = useFaults(change.error, { name: texts.nameFault });
  return (
    <Section title={texts.profile}>
      <Form
        action={save}
        error={change.error}
        isPending={change.isPending}
        onSubmit={(form) => change.mutate(form)}
      >
        <Field
          label={texts.name}
          name="name"
          autoComplete="name"
          maxLength={60}
          defaultValue={profile.name}
          hint={texts.nameHint}
          error={faults['name']}
        />
        <div className="field-row">
          <Choice
            label={texts.language}
            name="locale"
            defaultValue={profile.locale ?? language}
            hint={texts.languageHint}
          >
            {languages.map((name) => (
              <option key={name} value={name} lang={name}>
                {texts.languages[name]}
              </option>
            ))}
          </Choice>
          <TimeZoneChoice timeZone={profile.timeZone} error={faults['timeZone']} />
        </div>
      </Form>
      <Done>{change.isSuccess && texts.saved}</Done>
    </Section>
  );
}

/** An empty name removes it. */
function profileIn(form: HTMLFormElement) {
  const name = textOf(form, 'name');
  return {
    ...(name !== '' && { name }),
    locale: textOf(form, 'locale') as Language,
    timeZone: textOf(form, 'timeZone'),
  };
}

function TimeZoneChoice({
  timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone,
  error,
}: Readonly<{ timeZone: string | undefined; error: string | undefined }>) {
  const texts = useTexts(settingsTexts);
  const areas = useMemo(() => areasWith(timeZone), [timeZone]);
  return (
    <Choice
      label={texts.timeZone}
      name="timeZone"
      defaultValue={timeZone}
      hint={texts.timeZoneHint}
      error={error}
    >
      {areas.map(([area, zones]) => (
        <optgroup key={area} label={area}>
          {zones.map((zone) => (
            <option key={zone} value={zone}>
              {zone.slice(zone.indexOf('/') + 1).replaceAll('_', ' ')}
            </option>
          ))}
        </optgroup>
      ))}
    </Choice>
  );
}

/** The names of time zones by their area. `supportedValuesOf` leaves out UTC and second names of a zone. */
function areasWith(timeZone: string): readonly (readonly [string, readonly string[]])[] {
  const all = [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', timeZone])];
  const areaOf = (zone: string) => zone.replace(/\/.*/, '');
  return [...new Set(all.map(areaOf))].map((area) => [area, all.filter((zone) => areaOf(zone) === area)]);
}
