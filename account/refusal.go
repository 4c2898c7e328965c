package account

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/keyless-inference/action/wire"
)

// A Refusal is an answer that is none of those asked for.
//
// https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
type Refusal struct {
	Doing         string // a gerund and its object
	Status        int    // of HTTP
	Code, Message string // Azure's, in one line and without secrets; "" where there are none
}

func (r *Refusal) Error() string { return r.Doing + ": " + r.Brief() }

// Brief is the error without what was being done.
func (r *Refusal) Brief() string {
	text := fmt.Sprintf("HTTP %d", r.Status)
	if r.Code != "" {
		text += " " + r.Code
	}
	if r.Message != "" {
		text += ": " + r.Message
	}
	return text
}

// refusal makes an error of an answer.
func (c *call) refusal(status int, body []byte) *Refusal {
	var said struct {
		Error struct{ Code, Message string }
	}
	_ = json.NewDecoder(bytes.NewReader(body)).Decode(&said) // a proxy's page has no words worth quoting
	return &Refusal{
		Doing: c.doing, Status: status,
		Code: wire.Line(c.secrets.Cut(said.Error.Code), 100), Message: wire.Line(c.secrets.Cut(said.Error.Message), 300),
	}
}
