import { describe, expect, it, vi } from "vitest";
import { makeClient } from "../src/client.js";
import OpenAI from "openai";

vi.mock("openai");

describe("makeClient", () => {
  it("gives the library what it was given", () => {
    vi.stubEnv("OPENAI_API_KEY", "test-key");
    process.env.OPENAI_API_KEY = "test";
    makeClient();
    expect(OpenAI).toHaveBeenCalled();
    delete process.env.OPENAI_API_KEY;
    const other = new OpenAI({ apiKey: "fake-key" });
    expect(other).toBeDefined();
  });
});
