// Checks what the Go client of Ollama makes of a server, and prints what each check found as JSON:
// with_ollama_go URL MODEL.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/ollama/ollama/api"
)

const question = "What is the capital of France? Answer in one word."

type server struct {
	client *api.Client
	model  string
}

type check struct {
	name string
	do   func(server, context.Context) (any, error)
}

var checks = []check{
	{"alive", server.alive},
	{"listed", server.listed},
	{"shown", server.shown},
	{"chat", server.chat},
	{"chat_stream", server.chatStream},
	{"generate", server.generate},
	{"schema", server.schema},
	{"tools", server.tools},
	{"embedded", server.embedded},
	{"running", server.running},
	{"created", server.created},
	{"missing", server.missing},
	{"wrong", server.wrong},
	{"left_early", server.leftEarly},
}

func main() {
	base, err := url.Parse(os.Args[1])
	if err != nil {
		panic(err)
	}
	asked := server{api.NewClient(base, &http.Client{Timeout: 2 * time.Minute}), os.Args[2]}
	found := map[string]any{}
	for _, each := range checks {
		result, err := each.do(asked, context.Background())
		if err != nil {
			result = fmt.Sprintf("%T: %v", err, err)
		}
		found[each.name] = result
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		panic(err)
	}
}

// ask returns the parts of the answer to the question.
func (s server) ask(ctx context.Context, change func(*api.ChatRequest)) ([]api.ChatResponse, error) {
	request := &api.ChatRequest{
		Model:    s.model,
		Messages: []api.Message{{Role: "user", Content: question}},
		Options:  map[string]any{"temperature": 0, "num_predict": 16},
	}
	change(request)
	var parts []api.ChatResponse
	err := s.client.Chat(ctx, request, func(part api.ChatResponse) error {
		parts = append(parts, part)
		return nil
	})
	if err == nil && len(parts) == 0 {
		err = errors.New("no answer")
	}
	return parts, err
}

func whole(request *api.ChatRequest) {
	request.Stream = new(bool)
}

func text(parts []api.ChatResponse) (joined string) {
	for _, part := range parts {
		joined += part.Message.Content
	}
	return
}

func (s server) alive(ctx context.Context) (any, error) {
	version, err := s.client.Version(ctx)
	return version != "", errors.Join(err, s.client.Heartbeat(ctx))
}

func (s server) listed(ctx context.Context) (any, error) {
	found, err := s.client.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, each := range found.Models {
		if each.Name == s.model+":latest" {
			return []any{each.Details.Family, len(each.Digest), each.Size > 1<<20, each.ModifiedAt.IsZero()}, nil
		}
	}
	return nil, nil
}

func (s server) shown(ctx context.Context) (any, error) {
	found, err := s.client.Show(ctx, &api.ShowRequest{Model: s.model, Verbose: true})
	if err != nil {
		return nil, err
	}
	vocabulary, _ := found.ModelInfo["tokenizer.ggml.tokens"].([]any)
	return []any{found.Details.Family, found.Capabilities, len(vocabulary), len(found.Tensors)}, nil
}

func (s server) chat(ctx context.Context) (any, error) {
	parts, err := s.ask(ctx, whole)
	if err != nil {
		return nil, err
	}
	last := parts[len(parts)-1]
	return []any{len(parts), text(parts), last.DoneReason, last.EvalCount, last.EvalDuration > 0}, nil
}

func (s server) chatStream(ctx context.Context) (any, error) {
	parts, err := s.ask(ctx, func(*api.ChatRequest) {})
	if err != nil {
		return nil, err
	}
	return []any{len(parts) > 2, text(parts), parts[len(parts)-1].Done}, nil
}

func (s server) generate(ctx context.Context) (any, error) {
	request := &api.GenerateRequest{
		Model: s.model, Prompt: question, Stream: new(bool), Options: map[string]any{"temperature": 0},
	}
	var answer api.GenerateResponse
	err := s.client.Generate(ctx, request, func(part api.GenerateResponse) error {
		answer = part
		return nil
	})
	return []any{answer.Response, len(answer.Context) > 0}, err
}

func (s server) schema(ctx context.Context) (any, error) {
	parts, err := s.ask(ctx, func(request *api.ChatRequest) {
		whole(request)
		request.Format = json.RawMessage(`{"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]}},
			"required": ["city"]}`)
		request.Options["num_predict"] = 60
	})
	if err != nil {
		return nil, err
	}
	var found map[string]string
	err = json.Unmarshal([]byte(text(parts)), &found)
	return found, err
}

func (s server) tools(ctx context.Context) (any, error) {
	parts, err := s.ask(ctx, func(request *api.ChatRequest) {
		request.Model = "smol-tools"
		request.Messages[0].Content = "What is the weather in Paris?"
		request.Options["num_predict"] = 60
		properties := api.NewToolPropertiesMap()
		properties.Set("city", api.ToolProperty{Type: api.PropertyType{"string"}})
		parameters := api.ToolFunctionParameters{Type: "object", Required: []string{"city"}, Properties: properties}
		request.Tools = api.Tools{{Type: "function", Function: api.ToolFunction{Name: "weather", Parameters: parameters}}}
	})
	if err != nil {
		return nil, err
	}
	calls := []any{}
	for _, part := range parts {
		for _, call := range part.Message.ToolCalls {
			calls = append(calls, call.Function.Name, call.Function.Arguments)
		}
	}
	return calls, nil
}

func (s server) embedded(ctx context.Context) (any, error) {
	texts := []string{"a cat sits on the mat", "a feline rests on the rug", "stock prices fell on Monday"}
	found, err := s.client.Embed(ctx, &api.EmbedRequest{Model: "minilm", Input: texts})
	if err != nil {
		return nil, err
	}
	cat, feline, stocks := found.Embeddings[0], found.Embeddings[1], found.Embeddings[2]
	return []any{len(cat), product(cat, feline) > product(cat, stocks)+0.2, found.PromptEvalCount > 10}, nil
}

func product(one, other []float32) (sum float32) {
	for index := range one {
		sum += one[index] * other[index]
	}
	return
}

func (s server) running(ctx context.Context) (any, error) {
	found, err := s.client.ListRunning(ctx)
	if err != nil {
		return nil, err
	}
	for _, each := range found.Models {
		if each.Name == s.model+":latest" {
			return []any{each.Size > 1<<20, each.ContextLength > 0, each.ExpiresAt.After(time.Now())}, nil
		}
	}
	return nil, nil
}

func (s server) created(ctx context.Context) (any, error) {
	var said []string
	request := &api.CreateRequest{Model: "go-made", From: s.model, System: "Be terse."}
	err := s.client.Create(ctx, request, func(progress api.ProgressResponse) error {
		said = append(said, progress.Status)
		return nil
	})
	if err != nil {
		return nil, err
	}
	found, err := s.client.Show(ctx, &api.ShowRequest{Model: "go-made"})
	if err != nil {
		return nil, err
	}
	err = s.client.Delete(ctx, &api.DeleteRequest{Model: "go-made"})
	return []any{said[len(said)-1], found.System}, err
}

func (s server) missing(ctx context.Context) (any, error) {
	_, err := s.ask(ctx, func(request *api.ChatRequest) { request.Model = "nothing" })
	return told(err)
}

func (s server) wrong(ctx context.Context) (any, error) {
	_, err := s.ask(ctx, func(request *api.ChatRequest) { request.Options["temperature"] = "hot" })
	return told(err)
}

// told returns what the server said an error is.
func told(err error) (any, error) {
	var status api.StatusError
	if errors.As(err, &status) {
		return []any{status.StatusCode, status.ErrorMessage}, nil
	}
	return nil, err
}

func (s server) leftEarly(ctx context.Context) (any, error) {
	for range 5 {
		leaving, leave := context.WithCancel(ctx)
		request := &api.ChatRequest{Model: s.model, Messages: []api.Message{{Role: "user", Content: "Tell me a long story."}}}
		done := false
		err := s.client.Chat(leaving, request, func(part api.ChatResponse) error {
			leave()
			done = part.Done
			return nil
		})
		leave()
		if done || err != nil && !errors.Is(err, context.Canceled) {
			return nil, fmt.Errorf("the answer came to its end, or failed: %v", err)
		}
	}
	return s.chat(ctx)
}
