package emulator

// A script is the stream of a response while it is written. Every event has its
// type twice, once in the event line, and a number.
type script struct{ frames []frame }

func (s *script) add(kind string, fields object) {
	fields["type"], fields["sequence_number"] = kind, len(s.frames)
	s.frames = append(s.frames, frame{event: kind, data: fields, text: kind == "response.output_text.delta"})
}

// responseFrames is the stream of a response: it is created, its items come and
// go one after the other, and the last event carries it whole.
// https://platform.openai.com/docs/api-reference/responses-streaming
func responseFrames(x exchange) []frame {
	s := &script{}
	s.add("response.created", object{"response": x.response("in_progress", []any{})})
	s.add("response.in_progress", object{"response": x.response("in_progress", []any{})})
	for i, item := range x.output() {
		o := item.(object)
		if o["type"] == "reasoning" {
			s.add("response.output_item.added", object{"output_index": i, "item": o})
			s.add("response.output_item.done", object{"output_index": i, "item": o})
			continue
		}
		s.message(x, i, o)
	}
	status, _ := x.answer.status()
	s.add("response."+status, object{"response": x.response(status, x.output())})
	return s.frames
}

// message adds the events of the message done, the output's item number i.
func (s *script) message(x exchange, i int, done object) {
	part := func(fields object) object {
		fields["item_id"], fields["output_index"], fields["content_index"] = done["id"], i, 0
		return fields
	}
	s.add("response.output_item.added", object{"output_index": i, "item": x.message("in_progress", []any{})})
	s.add("response.content_part.added", part(object{"part": outputText("")}))
	for _, text := range pieces(x.answer.text) {
		s.add("response.output_text.delta", part(object{"delta": text, "logprobs": []any{}, "obfuscation": obfuscation()}))
	}
	s.add("response.output_text.done", part(object{"text": x.answer.text, "logprobs": []any{}}))
	s.add("response.content_part.done", part(object{"part": outputText(x.answer.text)}))
	s.add("response.output_item.done", object{"output_index": i, "item": done})
}

// responseBroken is the event after n others that ends a stream although its
// status was 200.
func responseBroken(_ exchange, n int) frame {
	return frame{event: "error", data: object{
		"type": "error", "sequence_number": n,
		"error": object{
			"type": "server_error", "code": "server_error", "message": serverError, "param": nil,
			"headers": object{"skip-error-remapping": "true"},
		},
	}}
}
