import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { router } from './router.js';
import { loadConfig } from './shared/config.js';
import { TextProvider } from './shared/language.js';
import { currentUser, queryClient } from './shared/queries.js';
import './shared/styles.css';

const place = document.getElementById('app');
if (!place) throw new Error('The page has no element "app".');

// The header depends on the user. Drawing it later would shift the page, so the first paint waits for the user this long.
const longestWaitMs = 1_000;
const isUserKnown = queryClient.prefetchQuery(currentUser);
const isLate = new Promise((resolve) => setTimeout(resolve, longestWaitMs));

await Promise.all([loadConfig(), Promise.race([isUserKnown, isLate])]);
createRoot(place).render(
  <StrictMode>
    <TextProvider>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </TextProvider>
  </StrictMode>,
);
