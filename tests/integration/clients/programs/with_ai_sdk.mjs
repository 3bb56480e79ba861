// What Vercel's AI SDK makes of a server, by its provider for the OpenAI API and by one for Ollama; run.mjs does the checks.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embedMany, generateObject, generateText, streamText, tool } from "ai";
import { createOllama } from "ollama-ai-provider-v2";
import { z } from "zod";

const prompt = "What is the capital of France? Answer in one word.";
const City = z.object({ city: z.enum(["Paris", "Rome"]) });
// The provider for Ollama sends a temperature where Ollama does not look for it; what is in its options arrives.
const providerOptions = { ollama: { options: { temperature: 0, num_predict: 60 } } };
const settings = { temperature: 0, maxRetries: 0, maxOutputTokens: 60, providerOptions };

export default function checks(url, name) {
  const openai = createOpenAICompatible({
    name: "olbuild",
    baseURL: `${url}/v1`,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  const ollama = createOllama({ baseURL: `${url}/api` });

  async function streamed(model) {
    const answer = streamText({ model, prompt, ...settings });
    let text = "";
    for await (const piece of answer.textStream) text += piece;
    return [text, await answer.finishReason, (await answer.usage).outputTokens];
  }

  async function called(model) {
    // The tool is run and its result sent back, which is the whole way of a call.
    const cities = [];
    const execute = async ({ city }) => cities.push(city) && "17 degrees";
    const tools = { weather: tool({ description: "The weather", inputSchema: z.object({ city: z.string() }), execute }) };
    const { toolCalls } = await generateText({ model, prompt: "What is the weather in Paris?", tools, ...settings });
    return [toolCalls.map((call) => call.toolName), cities];
  }

  async function vectors(model) {
    const { embeddings } = await embedMany({ model, values: ["a cat", "a dog"] });
    return embeddings.map((each) => each.length);
  }

  return {
    text: async () => (await generateText({ model: openai(name), prompt, ...settings })).text,
    stream: () => streamed(openai(name)),
    object: async () => (await generateObject({ model: openai(name), schema: City, prompt, ...settings })).object,
    tools: () => called(openai("smol-tools")),
    embedded: () => vectors(openai.textEmbeddingModel("minilm")),
    async missing() {
      try {
        await generateText({ model: openai("nothing"), prompt, ...settings });
      } catch (error) {
        return [error.name, error.statusCode, error.message];
      }
      return null;
    },
    ollama: async () => (await generateText({ model: ollama(name), prompt, ...settings })).text,
    ollama_stream: () => streamed(ollama(name)),
    ollama_object: async () => (await generateObject({ model: ollama(name), schema: City, prompt, ...settings })).object,
    ollama_tools: () => called(ollama("smol-tools")),
    ollama_embedded: () => vectors(ollama.textEmbeddingModel("minilm")),
  };
}
