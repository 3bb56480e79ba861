// What OpenAI's JavaScript client makes of a server; run.mjs does the checks.
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

const USER = [{ role: "user", content: "What is the capital of France? Answer in one word." }];
const City = z.object({ city: z.enum(["Paris", "Rome"]) });
const TOOL = {
  type: "function",
  function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
};

export default function checks(url, model) {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
  const common = { model, messages: USER, temperature: 0, seed: 1, max_completion_tokens: 16 };
  const weather = { ...common, model: "smol-tools", max_completion_tokens: 60, tools: [TOOL] };
  weather.messages = [{ role: "developer", content: "Be terse." }, { role: "user", content: "What is the weather in Paris?" }];

  async function chat() {
    const answer = await client.chat.completions.create(common);
    return [answer.choices[0].message.content, answer.choices[0].finish_reason, answer.usage.completion_tokens];
  }

  async function refused(question) {
    try {
      await question();
    } catch (error) {
      return [error.constructor.name, error.status, error.error?.message];
    }
    return null;
  }

  return {
    models: async () => (await client.models.retrieve(model)).id,
    chat,
    async chat_stream() {
      const stream = client.chat.completions.stream({ ...common, stream_options: { include_usage: true } });
      const final = await stream.finalChatCompletion();
      return [final.choices[0].message.content, final.choices[0].finish_reason, (await stream.totalUsage()).completion_tokens];
    },
    async parsed() {
      const format = zodResponseFormat(City, "city");
      return (await client.chat.completions.parse({ ...common, response_format: format })).choices[0].message.parsed;
    },
    async tools() {
      const answer = await client.chat.completions.create({ ...weather, tool_choice: "required", parallel_tool_calls: false });
      const [call] = answer.choices[0].message.tool_calls;
      return [answer.choices[0].finish_reason, call.function.name, Object.keys(JSON.parse(call.function.arguments))];
    },
    async tools_stream() {
      const stream = client.chat.completions.stream(weather);
      const calls = (await stream.finalChatCompletion()).choices[0].message.tool_calls;
      return calls.map((call) => [call.function.name, call.function.arguments]);
    },
    async response() {
      const answer = await client.responses.create({ model, input: USER, temperature: 0, max_output_tokens: 64 });
      return [answer.status, answer.output_text];
    },
    async response_stream() {
      const names = [];
      const stream = await client.responses.create({ model, input: USER, temperature: 0, max_output_tokens: 64, stream: true });
      for await (const event of stream) names.push(event.type);
      return [names[0], names.at(-1), names.filter((name) => name === "response.output_text.delta").length > 2];
    },
    async embedded() {
      // This client asks for base64 of its own accord.
      const found = await client.embeddings.create({ model: "minilm", input: ["a cat", "a dog"] });
      return found.data.map(({ embedding }) => [embedding.length, Math.abs(1 - Math.hypot(...embedding)) < 1e-5]);
    },
    missing: () => refused(() => client.chat.completions.create({ ...common, model: "nothing" })),
    wrong: () => refused(() => client.chat.completions.create({ ...common, messages: [] })),
    async left_early() {
      for (let round = 0; round < 5; round += 1) {
        const messages = [{ role: "user", content: "Tell me a long story." }];
        const stream = await client.chat.completions.create({ model, messages, max_tokens: 2000, stream: true });
        for await (const _ of stream) break; // leaves, as the client documents it
        if (!stream.controller.signal.aborted) return "the stream is still open";
      }
      return chat();
    },
  };
}
