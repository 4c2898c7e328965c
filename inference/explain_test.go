package inference

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
)

const oid = "99999999-8888-4777-8666-555555555555"

// Bodies as the service and what stands before it send them.
var refusals = []struct {
	name   string
	status int
	body   string
	api    string
	want   []string
}{
	{
		"wrong audience", 401, `{ "statusCode": 401, "message": "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired." }`, "",
		[]string{"does not accept the token", "HTTP 401", "request id req-1", "scope: https://cognitiveservices.azure.com/.default"},
	},
	{
		"audience of a project", 401, `{ "statusCode": 401, "message": "Unauthorized. Access token is missing, invalid, audience is incorrect (https://ai.azure.com), or have expired." }`, "",
		[]string{"audience https://ai.azure.com", "scope: https://ai.azure.com/.default"},
	},
	{
		"audience that is no address", 401, `{ "statusCode": 401, "message": "Unauthorized. Access token is missing, invalid, audience is incorrect (urn:ms.scopedToken or urn:ms.faceSessionToken), or have expired." }`, "",
		[]string{"scope: https://cognitiveservices.azure.com/.default"},
	},
	{
		"no role", 401, "{\"error\":{\"code\":\"PermissionDenied\",\"message\":\"The principal `" + oid + "` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action` to perform `POST /openai/deployments/{deployment-id}/chat/completions` operation.\"}}", "",
		[]string{"no role", "chat/completions/action", `az role assignment create --role "Cognitive Services OpenAI User" --assignee-object-id ` + oid + ` --assignee-principal-type ServicePrincipal --scope "$(az cognitiveservices account list --query "[?properties.customSubDomainName=='contoso'].id" --output tsv)"`, "5 minutes"},
	},
	{
		"no role, older", 401, `{"error":{"code":"PermissionDenied","message":"Principal does not have access to API/Operation."}}`, "",
		[]string{"no role", `--assignee-object-id "$(az ad sp show --id ` + clientID + ` --query id --output tsv)"`},
	},
	{
		"invalid key", 401, `{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."}}`, "",
		[]string{"asked for an API key", "HTTP 401, request id"},
	},
	{
		"gateway without a credential", 401, `{"statusCode":401,"message":"Access denied due to a missing application credentials or subscription key."}`, "",
		[]string{"asked for an API key", "Authorization header"},
	},
	{
		"another tenant", 400, `{"error":{"code":"Tenant provided in token does not match resource token","message":"Token tenant t1 does not match resource tenant."}}`, "",
		[]string{"another tenant", "tenant-id", "az account show"},
	},
	{
		"no subdomain", 400, `{"error":{"code":"BadRequest","message":"Please provide a custom subdomain for token authentication, otherwise API key is required. (Please see https://aka.ms/cogsvc-authenticatewithtoken)"}}`, "",
		[]string{"no subdomain", "--custom-domain"},
	},
	{
		"firewall", 403, `{"error":{"code":"403","message":"Access denied due to Virtual Network/Firewall rules."}}`, "",
		[]string{"firewall", "network-rule add --name contoso --resource-group"},
	},
	{
		"firewall as 401", 401, `{"error":{"code":"AccessDenied","message":"Access denied due to Virtual Network/Firewall rules."}}`, "",
		[]string{"firewall", "network-rule add"},
	},
	{
		"private endpoint", 403, `{"error":{"code":"AccessDenied","message":"Public access is disabled. Please configure private endpoint."}}`, "",
		[]string{"inside its network", "runner inside the virtual network"},
	},
	{
		"suspended", 403, `{"error":{"code":"403","message":"Your resource has been temporarily blocked because we detected behavior that may violate our content policy."}}`, "",
		[]string{"suspended", "Azure support"},
	},
	{
		"keys are off", 403, `{"error":{"code":"AuthenticationTypeDisabled","message": "Key based authentication is disabled for this resource."}}`, "",
		[]string{"added an API key", "gateway"},
	},
	{
		"no deployment", 404, `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}`, "",
		[]string{"no deployment of that name", "gpt must be the name of the deployment", `az cognitiveservices account deployment list --name contoso --resource-group "$(az cognitiveservices account list --query "[?properties.customSubDomainName=='contoso'].resourceGroup" --output tsv)"`},
	},
	{
		"no route", 404, `{"error":{"code":"404","message": "Resource not found"}}`, "",
		[]string{"no such route", "resource's root", "api-version"},
	},
	{
		"api-version on v1", 400, `{"error":{"code":"BadRequest","message":"api-version query parameter is not allowed when using /v1 path"}}`, "",
		[]string{"refuses an api-version", "gateway"},
	},
	{
		"feature gate", 400, `{"error":{"code":"BadRequest","message":"response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later"}}`, "",
		[]string{"api-version does not fit", "2024-08-01-preview", "leave `api-version` out"},
	},
	{
		"chat on a codex model", 400, `{"error":{"code":"OperationNotSupported","message":"The chatCompletion operation does not work with the specified model, gpt. Please choose different model and try again."}}`, Chat,
		[]string{"does not know this API", "set `api: responses`"},
	},
	{
		"completions on a chat model", 400, `{"error":{"code":"OperationNotSupported","message":"The completion operation does not work with the specified model, gpt."}}`, Completions,
		[]string{"set `api: chat`"},
	},
	{
		"responses on an old model", 400, `{"error":{"code":"BadRequest","message":"Model not supported"}}`, Responses,
		[]string{"does not know this API", "set `api: chat`"},
	},
	{
		"too long", 400, `{"error":{"message":"Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 509178 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`, "",
		[]string{"too long for the model", "509178"},
	},
	{
		"schema", 400, `{"error":{"message":"Invalid schema for response_format 'X': In context=(), 'additionalProperties' is required to be supplied and to be false.","type":"invalid_request_error","param":"response_format","code":null}}`, "",
		[]string{"JSON schema", "additionalProperties: false"},
	},
	{
		"the word json", 400, `{"error":{"message":"'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.","type":"invalid_request_error","param":"messages","code":null}}`, "",
		[]string{"ask for JSON in the prompt"},
	},
	{"a wrong value", 400, tooLarge, "", []string{"max_tokens is too large", "check the parameter max_tokens"}},
	{"slow", 408, `{"error":{"code":"Timeout","message":"The operation was timeout."}}`, "", []string{"took too long", "HTTP 408, Timeout, 2 attempts"}},
	{"rate limit", 429, rateLimited, "", []string{"rate limit", "East US 2", "https://aka.ms/oai/quotaincrease", "2 attempts"}},
	{"no capacity", 429, noCapacity, "", []string{"no room for a request of this size", "not about your quota"}},
	{"headers", 431, ``, "", []string{"too many headers"}},
	{"server", 500, serverError, "", []string{"the service failed", "server_error", "2 attempts"}},
	{"error as text", 502, `{"error":"upstream is gone"}`, "", []string{"upstream is gone"}},
	{"error in a list", 500, `[{"error":{"message":"boom","code":500}}]`, "", []string{"boom"}},
	{"a page", 403, "<html>\r\n<head><title>403 Forbidden</title></head>\x00<body>go away</body></html>", "", []string{`"<html> <head><title>403 Forbidden</title></head><body>go away</body></html>"`}},
	{"a long body", 418, strings.Repeat("word ", 1000), "", []string{"gave no usable answer", strings.Repeat("word ", 40)[:199] + " …"}},
	{"nothing", 400, ``, "", []string{"the service gave no reason"}},
}

func TestRefusalsAreExplained(t *testing.T) {
	t.Parallel()
	for _, c := range refusals {
		synctest.Test(t, func(t *testing.T) {
			client := serve(refusal(c.status, c.body)).client()
			client.Attempts = 2
			q := ask()
			q.API = c.api
			_, err := client.Ask(t.Context(), q)
			p := problem(t, err, append(c.want, "asking gpt at contoso.openai.azure.com: ")...)
			var e *ServiceError
			if !errors.As(err, &e) || e.Status != c.status || p.Fix == "" || p.Why == "" {
				t.Errorf("%s: %+v", c.name, p)
			}
			if regexp.MustCompile(`\{[a-z]+\}`).MatchString(p.What + p.Why + p.Fix) {
				t.Errorf("%s: a placeholder was left: %v", c.name, err)
			}
		})
	}
}

// Behind a gateway the resource's name is unknown, and a client id that is no
// plain word stays out of the commands.
func TestCommandsHoldNothingForeign(t *testing.T) {
	t.Parallel()
	f := serve(refusal(401, `{"error":{"code":"PermissionDenied","message":"The principal x; rm -rf / lacks it"}}`))
	c := f.client()
	c.Endpoint, c.ClientID = "https://gw.example", "$(reboot)"
	_, err := c.Ask(t.Context(), ask())
	p := problem(t, err, "'RESOURCE'", "--id CLIENT_ID")
	if strings.Contains(p.Fix, "rm -rf") || strings.Contains(p.Fix, "reboot") {
		t.Errorf("the command is %s", p.Fix)
	}
}

func TestPromptFilter(t *testing.T) {
	t.Parallel()
	const verdicts = `{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"filtered":true,"detected":true},"violence":{"filtered":true,"severity":"medium"},"custom_blocklists":{"filtered":false,"details":[]}}`
	const words = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."
	for name, c := range map[string]struct{ inner, want string }{
		"live":      {`,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":` + verdicts + `}`, "jailbreak (detected), violence (severity medium)"},
		"OpenAPI":   {`,"inner_error":{"code":"ResponsibleAIPolicyViolation","content_filter_results":` + verdicts + `}`, "jailbreak (detected), violence (severity medium)"},
		"Responses": {`,"content_filters":[{"blocked":true,"source_type":"prompt","content_filter_results":` + verdicts + `}]`, "jailbreak (detected), violence (severity medium)"},
		"absent":    {``, "does not say which category"},
		"null":      {`,"innererror":null`, "does not say which category"},
		"not one":   {`,"innererror":"x"`, "does not say which category"},
	} {
		body := fmt.Sprintf(`{"error":{"message":%q,"type":null,"param":"prompt","code":"content_filter","status":400%s}}`, words, c.inner)
		_, err := serve(refusal(400, body)).client().Ask(t.Context(), ask())
		if p := problem(t, err, "the content filter stopped the prompt"); !strings.Contains(p.Why, c.want) || strings.Contains(p.Why, "hate") {
			t.Errorf("%s: %s", name, p.Why)
		}
	}
}

func TestAnswerFilter(t *testing.T) {
	t.Parallel()
	got, err := serve(events(filterChunk, roleChunk, helloChunk, blockedChunk, usageChunk, "[DONE]")).client().Ask(t.Context(), ask())
	problem(t, err, "the content filter stopped the answer", "violence (severity high)", "5 characters")
	if got.Text != "Hello" || got.FinishReason != "content_filter" || got.Usage.Total != 21 ||
		len(got.Filtered) != 1 || got.Filtered[0] != (Category{"violence", "high", false, true}) {
		t.Errorf("got %+v", got)
	}
	q := ask()
	q.Whole = true
	body := `{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"protected_material_text":{"filtered":true,"detected":true}},"finish_reason":"content_filter","index":0,"message":{"role":"assistant"}}],"created":1,"id":"c","model":"m","object":"chat.completion"}`
	_, err = serve(whole(body)).client().Ask(t.Context(), q)
	p := problem(t, err, "protected_material_text (detected)")
	if strings.Contains(p.Why, "hate") {
		t.Errorf("a category that did not filter is named: %s", p.Why)
	}
}

func TestLength(t *testing.T) {
	t.Parallel()
	got, err := serve(events(helloChunk, lengthChunk, usageChunk)).client().Ask(t.Context(), ask())
	if err != nil || got.FinishReason != "length" || got.Text != "Hello" {
		t.Errorf("some text: %+v, %v", got, err)
	}
	f := serve(events(roleChunk, lengthChunk, usageChunk))
	got, err = f.client().Ask(t.Context(), ask())
	problem(t, err, "the answer is empty", "4 of 9 tokens went into hidden reasoning", "max-completion-tokens")
	if len(f.seen) != 1 || got.FinishReason != "length" || got.Usage.Completion != 9 {
		t.Errorf("no text: %d requests, %+v", len(f.seen), got)
	}
}

func TestRefusalByTheModel(t *testing.T) {
	t.Parallel()
	got, err := serve(events(`{"choices":[{"delta":{"refusal":"I can't help."},"index":0,"finish_reason":null}],"id":"c","model":"m"}`, stopChunk)).client().Ask(t.Context(), ask())
	problem(t, err, "the model refused", `"I can't help."`)
	if got.Refusal != "I can't help." {
		t.Errorf("got %+v", got)
	}
}

// A service or gateway that echoes what it was sent must not put the token into
// an error, whatever the token looks like.
func TestTokenIsNeverInAnError(t *testing.T) {
	t.Parallel()
	for _, token := range []string{secret, "opaque-token-0123456789"} {
		echo := func(status int, media, format string) answerer {
			return func(r *http.Request) (*http.Response, error) {
				return answer(status, media, fmt.Sprintf(format, r.Header.Get("Authorization")))(r)
			}
		}
		for name, a := range map[string]answerer{
			"message":   echo(401, "application/json", `{"error":{"code":"401","message":"bad header %s"}}`),
			"code":      echo(400, "application/json", `{"error":{"code":"%s","message":"x"}}`),
			"page":      echo(502, "text/html", "<p>%s</p>"),
			"text":      echo(400, "text/plain", "%s"),
			"stream":    echo(200, "text/event-stream", "data: {\"error\":{\"message\":\"%s\"}}\n\n"),
			"no answer": echo(200, "application/json", `{"choices":[],"x":"%s"}`),
			"location": func(r *http.Request) (*http.Response, error) {
				return answer(302, "", "", "Location: https://"+token+".example/")(r)
			},
			"request id": func(r *http.Request) (*http.Response, error) {
				return answer(400, "", "", "Apim-Request-Id: "+token)(r)
			},
			"network": func(r *http.Request) (*http.Response, error) { return nil, errors.New("sending " + token) },
		} {
			c := serve(a).client()
			c.Token = func(ctx context.Context, _ string) (string, error) { return token, nil }
			c.Attempts = 1
			var notes strings.Builder
			c.Log = func(s string) { notes.WriteString(s) }
			got, err := c.Ask(t.Context(), ask())
			if err == nil {
				t.Errorf("%s: no error", name)
			} else if text := fmt.Sprintf("%v %+v %s", err, got, &notes); strings.Contains(text, token) {
				t.Errorf("%s: the token is in %s", name, text)
			}
		}
	}
}

func TestUnreadableAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		a    answerer
		want string
	}{
		"a login page":      {answer(200, "text/html; charset=utf-8", "<html><title>Sign in</title>"), `"<html><title>Sign in</title>"`},
		"a garbled event":   {events(`{"choices":[`), "could not be read"},
		"an empty JSON":     {whole(`{}`), "there is no answer in {}"},
		"no JSON":           {whole(`hello`), "could not be read"},
		"an endless line":   {answer(200, "text/event-stream", "data: "+strings.Repeat("x", 40<<20)), "longer than"},
		"an endless answer": {answer(200, "text/event-stream", strings.Repeat(":"+strings.Repeat("x", 1<<20-2)+"\n", 65)), "64 MiB"},
	} {
		f := serve(c.a)
		_, err := f.client().Ask(t.Context(), ask())
		if err == nil || !strings.Contains(err.Error(), c.want) || len(f.seen) != 1 || len(err.Error()) > 1000 {
			t.Errorf("%s: %d requests, %v", name, len(f.seen), err)
		}
	}
}

// Whatever bytes a stream brings, the call ends in an answer or an error.
func FuzzStream(f *testing.F) {
	all := strings.Join([]string{
		"data: " + filterChunk, "data: " + helloChunk, "data: " + blockedChunk, "data: " + usageChunk, "data: " + serverError,
		"event: x\ndata: " + completedEvent(), "data: " + deltaEvent, "data: [DONE]", "",
	}, "\n\n")
	f.Add([]byte(all), uint8(0))
	f.Add([]byte(all), uint8(1))
	f.Add([]byte(all), uint8(2))
	f.Add([]byte(chatAnswer), uint8(3))
	f.Add([]byte(responseObject), uint8(4))
	f.Add([]byte("data: {\"choices\":[{\"delta\":null}],\"usage\":[]}\r\n\r\n:\n\ndata:\ndata: 1\n\n"), uint8(0))
	f.Fuzz(func(t *testing.T, body []byte, kind uint8) {
		media := "text/event-stream"
		q := ask()
		q.API = []string{Chat, Responses, Completions}[kind%3]
		if q.Whole = kind >= 3; q.Whole {
			media = "application/json"
		}
		c := serve(answer(200, media, string(body))).client()
		c.Attempts = 1
		got, err := c.Ask(t.Context(), q)
		if err == nil && got.FinishReason == "" {
			t.Errorf("an answer without an end: %+v", got)
		}
	})
}
