import { BaseConfig, DatabaseConfig } from '@ticketing/common/service';
import type { z } from 'zod';

export const Config = BaseConfig.extend(DatabaseConfig.shape);
export type Config = z.infer<typeof Config>;
