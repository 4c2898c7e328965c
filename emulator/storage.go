package emulator

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Files and batches belong to the resource and not to a deployment. They are kept
// in memory until the emulator ends.
//
// https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch

// maxUpload is how large an uploaded file may be, and maxForm the form around it.
const (
	maxUpload = 200 << 20
	maxForm   = maxUpload + 1<<20
)

// A shelf is the resource's files and batches, in the order in which they came.
type shelf struct {
	mu      sync.Mutex
	files   []*storedFile
	batches []*batch
}

// A storedFile never changes once it is on the shelf.
type storedFile struct {
	id, name, purpose string
	content           []byte
	created, ready    time.Time // it is pending until it is ready
	life              int       // seconds until it would expire; 0: never
}

// routeStorage serves both URL families. What nobody claims is not found.
func (e *Emulator) routeStorage() {
	e.storage = http.NewServeMux()
	for pattern, h := range map[string]func(*visit, *http.Request, route) *denial{
		"POST %/files":               e.uploadFile,
		"GET %/files":                e.listFiles,
		"GET %/files/{id}":           e.getFile,
		"GET %/files/{id}/content":   e.getContent,
		"DELETE %/files/{id}":        e.deleteFile,
		"POST %/batches":             e.createBatch,
		"GET %/batches":              e.listBatches,
		"GET %/batches/{id}":         e.getBatch,
		"POST %/batches/{id}/cancel": e.cancelBatch,
	} {
		for _, root := range []string{"/openai", "/openai/v1"} {
			e.storage.HandleFunc(strings.Replace(pattern, "%", root, 1), e.stored(h, root == "/openai/v1"))
		}
	}
	e.storage.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { notFound(e, w, r) })
}

// stored wraps a handler with the front door.
func (e *Emulator) stored(h func(*visit, *http.Request, route) *denial, v1 bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, to := visitOf(w), route{}
		if !v1 {
			if to.version = versionOf(r); !slices.Contains(versions, to.version) {
				notFound(e, w, r)
				return
			}
		}
		setHeaders(w, r)
		no := e.admitCaller(r, to)
		if no == nil {
			no = h(v, r, to)
		}
		if no != nil {
			no.write(w)
		}
	}
}

// uploadFile answers POST /files.
func (e *Emulator) uploadFile(v *visit, r *http.Request, _ route) *denial {
	f, no := readUpload(v, r)
	if no != nil {
		return no
	}
	b := make([]byte, 16)
	rand.Read(b)
	f.id = "file-" + hex.EncodeToString(b)
	f.created = time.Now()
	f.ready = f.created.Add(e.cfg.BatchTime)
	e.shelf.put(f)
	v.Header().Set("Location", origin(r)+r.URL.Path+"/"+f.id)
	v.sendJSON(r, http.StatusCreated, f.object())
	return nil
}

// readUpload reads the parts of a form. Those that nobody here needs are passed
// over.
func readUpload(w http.ResponseWriter, r *http.Request) (*storedFile, *denial) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	form, err := r.MultipartReader()
	switch {
	case r.ContentLength > maxForm:
		return nil, tooLarge()
	case err != nil:
		return nil, badRequest("The request is not multipart/form-data.")
	}
	f := &storedFile{}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = f.read(part, r.ContentLength)
		}
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, tooLarge()
		}
		if err != nil {
			return nil, badRequest("The multipart form can't be read.")
		}
	}
	switch {
	case f.content == nil:
		return nil, missingParam("file")
	case f.purpose != "batch":
		return nil, modelRefusal("Invalid value for purpose: the emulator keeps files for batches alone.", "purpose", "invalidPayload")
	case f.life != 0 && (f.life < 1209600 || f.life > 2592000):
		return nil, modelRefusal("Invalid 'expires_after.seconds': it must be from 1209600 to 2592000.", "expires_after.seconds", "invalid_value")
	case len(f.content) > maxUpload:
		return nil, tooLarge()
	}
	return f, nil
}

func tooLarge() *denial {
	return &denial{http.StatusRequestEntityTooLarge, gatewayError("413", "The file is larger than 200 MB."), nil}
}

// read reads one part of a form that has size bytes in all, or -1 if nobody
// knows.
func (f *storedFile) read(part *multipart.Part, size int64) error {
	var b bytes.Buffer
	if part.FormName() == "file" {
		b.Grow(int(max(size, 0)) + bytes.MinRead)
	}
	_, err := io.Copy(&b, part)
	text := b.Bytes()
	switch part.FormName() {
	case "file":
		f.name, f.content = part.FileName(), text
	case "purpose":
		f.purpose = string(text)
	case "expires_after[seconds]", "expires_after.seconds":
		if err == nil {
			f.life, err = strconv.Atoi(string(text))
		}
	}
	return err
}

// object is the file as answers show it.
func (f *storedFile) object() object {
	status := "processed"
	if time.Now().Before(f.ready) {
		status = "pending"
	}
	o := object{
		"id": f.id, "object": "file", "bytes": len(f.content), "created_at": f.created.Unix(), "filename": f.name,
		"purpose": f.purpose, "status": status,
	}
	if f.life > 0 {
		o["expires_at"] = f.created.Unix() + int64(f.life)
	}
	return o
}

func (s *shelf) put(f *storedFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = append(s.files, f)
}

// file finds a file by its id, or is nil.
func (s *shelf) file(id string) *storedFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.files, func(f *storedFile) bool { return f.id == id })
	if i < 0 {
		return nil
	}
	return s.files[i]
}

func noSuchFile(id string) *denial {
	return &denial{http.StatusNotFound, gatewayError("fileNotFound", "File "+id+" not found."), nil}
}

func (e *Emulator) getFile(v *visit, r *http.Request, _ route) *denial {
	f := e.shelf.file(r.PathValue("id"))
	if f == nil {
		return noSuchFile(r.PathValue("id"))
	}
	v.sendJSON(r, http.StatusOK, f.object())
	return nil
}

func (e *Emulator) getContent(v *visit, r *http.Request, _ route) *denial {
	f := e.shelf.file(r.PathValue("id"))
	if f == nil {
		return noSuchFile(r.PathValue("id"))
	}
	v.send(r, http.StatusOK, "application/octet-stream", f.content)
	return nil
}

func (e *Emulator) deleteFile(v *visit, r *http.Request, _ route) *denial {
	id := r.PathValue("id")
	if e.shelf.file(id) == nil {
		return noSuchFile(id)
	}
	e.shelf.mu.Lock()
	e.shelf.files = slices.DeleteFunc(e.shelf.files, func(f *storedFile) bool { return f.id == id })
	e.shelf.mu.Unlock()
	v.sendJSON(r, http.StatusOK, object{"id": id, "object": "file", "deleted": true})
	return nil
}

func (e *Emulator) listFiles(v *visit, r *http.Request, _ route) *denial {
	e.shelf.mu.Lock()
	data := []any{}
	for _, f := range slices.Backward(e.shelf.files) {
		data = append(data, f.object())
	}
	e.shelf.mu.Unlock()
	v.sendJSON(r, http.StatusOK, object{"object": "list", "data": data, "has_more": false})
	return nil
}

// newResult is a file that a batch makes. Its id looks unlike that of an upload.
func newResult(name string, content []byte) *storedFile {
	now := time.Now()
	return &storedFile{id: "file-" + uuid.NewString(), name: name, purpose: "batch_output", content: content, created: now, ready: now}
}
