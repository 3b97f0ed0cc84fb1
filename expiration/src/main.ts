import { run } from '@ticketing/common';
import { service } from './service.js';

run(service);
