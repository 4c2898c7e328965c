import { z } from "zod";

const schema = z.object({
  DATABASE_URL: z.string().url(),
  OPENAI_API_KEY: z.string().min(1),
  NODE_ENV: z.enum(["development", "production"]),
});

export const env = schema.parse(process.env);
