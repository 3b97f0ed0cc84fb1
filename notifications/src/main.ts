import { run } from '@ticketing/common/service';
import { service } from './service.js';

run(service);
