import Constants from "expo-constants";
import { OPENAI_API_KEY } from "@env";

export const headers = () => ({
  "Content-Type": "application/json",
  "Authorization": "Bearer " + OPENAI_API_KEY,
  "X-App": Constants.expoConfig.slug,
});
