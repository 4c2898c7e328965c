import { Injectable } from "@nestjs/common";
import { ConfigService } from "@nestjs/config";
import OpenAI from "openai";

@Injectable()
export class OpenAiService {
  private readonly client: OpenAI;

  constructor(private readonly config: ConfigService) {
    const key = this.config.get<string>("openai.apiKey");
    this.client = new OpenAI({
      apiKey: key,
      maxRetries: 2,
    });
  }
}
