import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { router } from './router.js';
import { loadConfig } from './shared/config.js';
import { TextProvider } from './shared/language.js';
import { queryClient } from './shared/queries.js';
import './shared/styles.css';

const place = document.getElementById('app');
if (!place) throw new Error('The page has no element "app".');

await loadConfig();
createRoot(place).render(
  <StrictMode>
    <TextProvider>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </TextProvider>
  </StrictMode>,
);
