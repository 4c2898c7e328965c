package emulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// A batch is a job of the Batch API. It has no goroutine of its own: what it has
// done at a time is worked out when somebody looks.
type batch struct {
	id, endpoint, input string
	metadata            any
	created             time.Time
	old                 bool // whether it is shown as older api-versions do

	mu        sync.Mutex
	status    string
	entered   map[string]time.Time // when it came into a status
	errors    []batchError
	lines     []batchLine
	done      int // lines that were answered
	failed    int // of those, how many by an error
	output    []byte
	mistakes  []byte
	outputID  string
	mistakeID string
}

// createBatch answers POST /batches.
func (e *Emulator) createBatch(v *visit, r *http.Request, to route) *denial {
	var in struct {
		Input    string `json:"input_file_id"`
		Endpoint string `json:"endpoint"`
		Window   string `json:"completion_window"`
		Metadata any    `json:"metadata"`
	}
	body, no := readBody(v, r)
	if no != nil {
		return no
	}
	if json.Unmarshal(body, &in) != nil {
		return unparsable()
	}
	f := e.shelf.file(in.Input)
	switch {
	case in.Input == "":
		return missingParam("input_file_id")
	case in.Endpoint == "":
		return missingParam("endpoint")
	case in.Window != "24h":
		return modelRefusal("Invalid value: '"+in.Window+"'. Supported values are: '24h'.", "completion_window", "invalid_value")
	case f == nil:
		return noSuchFile(in.Input)
	case time.Now().Before(f.ready):
		return badRequest("The file " + f.id + " is not processed yet.")
	}
	b := &batch{
		id: "batch_" + uuid.NewString(), endpoint: in.Endpoint, input: f.id, metadata: in.Metadata, created: time.Now(),
		old: e.cfg.BatchOldStyle || to.version != "" && to.version < "2024-10-21", status: "validating", entered: map[string]time.Time{},
	}
	e.shelf.mu.Lock()
	e.shelf.batches = append(e.shelf.batches, b)
	e.shelf.mu.Unlock()
	return e.showBatch(v, r, b)
}

// showBatch answers with b as it is now.
func (e *Emulator) showBatch(v *visit, r *http.Request, b *batch) *denial {
	b.mu.Lock()
	e.proceed(b)
	now := b.object()
	b.mu.Unlock()
	v.sendJSON(r, http.StatusOK, now)
	return nil
}

// batchOf is the batch that the path names.
func (e *Emulator) batchOf(r *http.Request) (*batch, *denial) {
	e.shelf.mu.Lock()
	defer e.shelf.mu.Unlock()
	id := r.PathValue("id")
	i := slices.IndexFunc(e.shelf.batches, func(b *batch) bool { return b.id == id })
	if i < 0 {
		return nil, &denial{http.StatusNotFound, gatewayError("404", "No batch found with id '"+id+"'."), nil}
	}
	return e.shelf.batches[i], nil
}

func (e *Emulator) getBatch(v *visit, r *http.Request, _ route) *denial {
	b, no := e.batchOf(r)
	if no != nil {
		return no
	}
	return e.showBatch(v, r, b)
}

// underWay are the statuses of a batch that can be cancelled.
var underWay = []string{"validating", "in_progress", "finalizing"}

// cancelBatch answers POST /batches/{id}/cancel. What was answered until then
// stays.
func (e *Emulator) cancelBatch(v *visit, r *http.Request, _ route) *denial {
	b, no := e.batchOf(r)
	if no != nil {
		return no
	}
	b.mu.Lock()
	e.proceed(b)
	status := b.status
	if slices.Contains(underWay, status) {
		b.enter("cancelling", time.Now())
	}
	b.mu.Unlock()
	if !slices.Contains(underWay, status) {
		return &denial{http.StatusConflict, gatewayError("409", "Cannot cancel a batch with status '"+status+"'."), nil}
	}
	return e.showBatch(v, r, b)
}

// listBatches answers GET /batches, the newest first.
func (e *Emulator) listBatches(v *visit, r *http.Request, _ route) *denial {
	e.shelf.mu.Lock()
	all := slices.Clone(e.shelf.batches)
	e.shelf.mu.Unlock()
	slices.Reverse(all)
	if i := slices.IndexFunc(all, func(b *batch) bool { return b.id == r.URL.Query().Get("after") }); i >= 0 {
		all = all[i+1:]
	}
	limit := 20
	if n, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil {
		limit = max(1, min(n, 100))
	}
	page := object{"object": "list", "has_more": len(all) > limit, "first_id": nil, "last_id": nil}
	data := []any{}
	for i, b := range all[:min(limit, len(all))] {
		b.mu.Lock()
		e.proceed(b)
		data = append(data, b.object())
		b.mu.Unlock()
		if page["last_id"] = b.id; i == 0 {
			page["first_id"] = b.id
		}
	}
	page["data"] = data
	v.sendJSON(r, http.StatusOK, page)
	return nil
}

// object is the batch as answers show it.
func (b *batch) object() object {
	o := object{
		"id": b.id, "object": "batch", "endpoint": b.endpoint, "errors": nil, "input_file_id": b.input, "completion_window": "24h",
		"status": b.status, "output_file_id": b.fileID(b.outputID), "error_file_id": b.fileID(b.mistakeID), "metadata": b.metadata,
		"created_at": b.date(b.created), "expires_at": b.date(b.created.Add(24 * time.Hour)),
		"request_counts": object{"total": b.count(len(b.lines)), "completed": b.count(b.done - b.failed), "failed": b.count(b.failed)},
	}
	for _, status := range []string{"in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled"} {
		o[status+"_at"] = b.date(b.entered[status])
	}
	if b.errors != nil {
		o["errors"] = object{"object": "list", "data": b.errors}
	}
	if b.old {
		o["status"] = strings.ToUpper(b.status[:1]) + b.status[1:]
	}
	return o
}

// date, count and fileID show a value as the batch's style wants it.
func (b *batch) date(t time.Time) any {
	switch {
	case t.IsZero():
		return nil
	case b.old:
		return t.UTC().Format("2006-01-02T15:04:05.0000000+00:00")
	}
	return t.Unix()
}

func (b *batch) count(n int) any {
	if b.old && n == 0 {
		return nil
	}
	return n
}

func (b *batch) fileID(id string) any {
	if id == "" && !b.old {
		return nil
	}
	return id
}
