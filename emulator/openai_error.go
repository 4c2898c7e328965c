package emulator

import (
	"fmt"
	"net/http"

	"github.com/google/uuid"
)

// A denial is an answer other than 200, complete but for the headers that
// every answer has.
type denial struct {
	status  int
	body    string
	headers map[string]string
}

func (no *denial) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	setAll(w, no.headers)
	w.WriteHeader(no.status)
	fmt.Fprint(w, no.body)
}

// Bodies as the service sends them, to the byte. The front door makes the
// first ones: their spaces, and the one that has no "error", are its own.
const (
	resourceNotFound   = `{"error":{"code":"404","message": "Resource not found"}}`
	unauthorized       = `{ "statusCode": 401, "message": "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired." }`
	keyDisabled        = `{"error":{"code":"AuthenticationTypeDisabled","message": "Key based authentication is disabled for this resource."}}`
	deploymentNotFound = `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}`
)

// gatewayError is the body of an error that did not come from a model.
func gatewayError(code, message string) string {
	return fmt.Sprintf(`{"error":{"code":%s,"message":%s}}`, compact(code), compact(message))
}

// modelError is the body of an error that did. A kind, param or code of "" is
// written as null.
func modelError(message, kind, param, code string) string {
	return fmt.Sprintf(`{"error":{"message":%s,"type":%s,"param":%s,"code":%s}}`,
		compact(message), orNull(kind), orNull(param), orNull(code))
}

func orNull(s string) string {
	if s == "" {
		return "null"
	}
	return compact(s)
}

func badRequest(message string) *denial {
	return &denial{http.StatusBadRequest, gatewayError("BadRequest", message), nil}
}

// modelRefusal is a model's 400 about a parameter; code may be "".
func modelRefusal(message, param, code string) *denial {
	return &denial{http.StatusBadRequest, modelError(message, "invalid_request_error", param, code), nil}
}

func missingParam(param string) *denial {
	return modelRefusal("Missing required parameter: '"+param+"'.", param, "missing_required_parameter")
}

// wrongOperation refuses what the deployment's model cannot do. Responses has
// its own words for it.
func wrongOperation(op operation, d Deployment) *denial {
	if op.name == "responses" {
		return badRequest("Model not supported")
	}
	return &denial{http.StatusBadRequest, gatewayError("OperationNotSupported", "The "+op.name+
		" operation does not work with the specified model, "+d.Name+". Please choose different model and try again."+
		" You can learn more about which models can be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993."), nil}
}

// notFound is what the service says of a path, and of an api-version on a
// classic path, that it does not know. It has fewer headers than any other
// answer.
func notFound(_ *Emulator, w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("apim-request-id", uuid.NewString())
	(&denial{http.StatusNotFound, resourceNotFound, security()}).write(w)
}

// setHeaders sets what every answer has.
func setHeaders(w http.ResponseWriter, r *http.Request) {
	id := uuid.NewString()
	client := r.Header.Get("X-Ms-Client-Request-Id")
	if client == "" {
		client = id
	}
	h := w.Header()
	setAll(w, security())
	h.Set("Apim-Request-Id", id)
	h.Set("X-Ms-Client-Request-Id", client)
	h.Set("X-Ms-Region", region)
	h.Set("X-Request-Id", uuid.NewString())
}

func security() map[string]string {
	return map[string]string{
		"X-Content-Type-Options":    "nosniff",
		"Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
	}
}

// operationHeaders are those that a model's answer has beside.
func operationHeaders(x exchange, op operation) map[string]string {
	if op.name == "responses" {
		streaming := "False"
		if x.question.stream {
			streaming = "True"
		}
		return map[string]string{
			"Skip-Error-Remapping":    "true",
			"Azureai-Fe-Is-Streaming": streaming,
			"X-Ms-Is-Spilled-Over":    "false",
		}
	}
	return map[string]string{
		"Azureml-Model-Session": "v20260401-1-161802030",
		"X-Accel-Buffering":     "no",
		"X-Ms-Rai-Invoked":      "true",
		"X-Ms-Deployment-Name":  x.deployment.Name,
	}
}

// notSet is what stands for the client's request id, where it sent none, on an
// answer of the front door about who asks.
func notSet(r *http.Request) map[string]string {
	if r.Header.Get("x-ms-client-request-id") != "" {
		return nil
	}
	return map[string]string{"x-ms-client-request-id": "Not-Set"}
}

func setAll(w http.ResponseWriter, headers map[string]string) {
	for k, v := range headers {
		w.Header().Set(k, v)
	}
}
