// What Anthropic's JavaScript client makes of a server; run.mjs does the checks.
import Anthropic from "@anthropic-ai/sdk";

const USER = [{ role: "user", content: "What is the capital of France? Answer in one word." }];
const TOOL = { name: "weather", input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } };

export default function checks(baseURL, model) {
  const client = new Anthropic({ baseURL, apiKey: "none", maxRetries: 0 });
  const common = { model, messages: USER, max_tokens: 32, temperature: 0 };
  const weather = { ...common, model: "smol-tools", max_tokens: 60, tools: [TOOL] };
  weather.messages = [{ role: "user", content: "What is the weather in Paris?" }];

  async function message() {
    const answer = await client.messages.create(common);
    return [answer.content[0].text, answer.stop_reason, answer.usage.output_tokens];
  }

  return {
    message,
    async stream() {
      const stream = client.messages.stream(common);
      let text = "";
      stream.on("text", (piece) => (text += piece));
      const final = await stream.finalMessage();
      return [text, final.content[0].text === text, final.stop_reason];
    },
    async tools() {
      const answer = await client.messages.create({ ...weather, tool_choice: { type: "tool", name: "weather" } });
      const call = answer.content.at(-1);
      return [answer.stop_reason, call.type, call.name, Object.keys(call.input)];
    },
    async tools_stream() {
      const final = await client.messages.stream(weather).finalMessage();
      return [final.stop_reason, final.content.at(-1).input];
    },
    async counted() {
      const { input_tokens: tokens } = await client.messages.countTokens({ model, messages: USER });
      return tokens === (await client.messages.create(common)).usage.input_tokens;
    },
    async missing() {
      try {
        await client.messages.create({ ...common, model: "nothing" });
      } catch (error) {
        return [error.constructor.name, error.status, error.error.error.type];
      }
      return null;
    },
    async left_early() {
      for (let round = 0; round < 5; round += 1) {
        const messages = [{ role: "user", content: "Tell me a long story." }];
        for await (const _ of await client.messages.create({ model, messages, max_tokens: 2000, stream: true })) break;
      }
      return message();
    },
  };
}
