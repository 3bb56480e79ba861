// What the JavaScript client of Ollama makes of a server, as Node.js and as browsers load it; run.mjs does the checks.
import { Ollama } from "ollama";
import { Ollama as BrowserOllama } from "ollama/browser";

const USER = [{ role: "user", content: "What is the capital of France? Answer in one word." }];
const OPTIONS = { temperature: 0, num_predict: 16 };
const CITY = { type: "object", properties: { city: { enum: ["Paris", "Rome"] } }, required: ["city"] };
const TOOL = {
  type: "function",
  function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
};

export default function checks(host, model) {
  const client = new Ollama({ host });
  const browser = new BrowserOllama({ host });

  async function chat(from = client) {
    const answer = await from.chat({ model, messages: USER, options: OPTIONS });
    return [answer.message.content, answer.done_reason, answer.eval_count];
  }

  async function stream(from = client) {
    let text = "";
    let last;
    for await (const part of await from.chat({ model, messages: USER, options: OPTIONS, stream: true })) {
      text += part.message.content;
      last = part;
    }
    return [text, last.done];
  }

  async function refused(question) {
    try {
      await question();
    } catch (error) {
      return [error.status_code, error.message];
    }
    return null;
  }

  return {
    version: async () => typeof (await client.version()).version,
    listed: async () => (await client.list()).models.map((each) => each.name).includes(`${model}:latest`),
    async shown() {
      const found = await client.show({ model });
      return [found.details.family, found.capabilities];
    },
    chat: () => chat(),
    chat_stream: () => stream(),
    async generate() {
      return (await client.generate({ model, prompt: USER[0].content, options: OPTIONS })).response;
    },
    async schema() {
      const answer = await client.chat({ model, messages: USER, format: CITY, options: { temperature: 0 } });
      return JSON.parse(answer.message.content);
    },
    async tools() {
      const messages = [{ role: "user", content: "What is the weather in Paris?" }];
      const answer = await client.chat({ model: "smol-tools", messages, tools: [TOOL], options: { temperature: 0 } });
      return answer.message.tool_calls.map((call) => call.function);
    },
    async embedded() {
      const found = await client.embed({ model: "minilm", input: ["a cat", "a dog"], dimensions: 64 });
      return found.embeddings.map((vector) => [vector.length, Math.abs(1 - Math.hypot(...vector)) < 1e-5]);
    },
    running: async () => (await client.ps()).models.map((each) => each.name).includes(`${model}:latest`),
    async created() {
      const { status } = await client.create({ model: "js-made", from: model, system: "Be terse." });
      const { system } = await client.show({ model: "js-made" });
      await client.delete({ model: "js-made" });
      return [status, system];
    },
    missing: () => refused(() => client.chat({ model: "nothing", messages: USER })),
    wrong: () => refused(() => client.chat({ model, messages: USER, format: "poem" })),
    async left_early() {
      for (let round = 0; round < 5; round += 1) {
        const leaving = new Ollama({ host });
        const messages = [{ role: "user", content: "Tell me a long story." }];
        try {
          for await (const _ of await leaving.chat({ model, messages, stream: true })) leaving.abort();
          return "the answer came to its end";
        } catch (error) {
          if (error.name !== "AbortError") throw error;
        }
      }
      return chat();
    },
    browser: async () => [await chat(browser), await stream(browser)],
  };
}
