import { z } from 'zod';

// Zod compiles a parser for each schema when it is first used. That pays after many values; we read each file once.
z.config({ jitless: true });
