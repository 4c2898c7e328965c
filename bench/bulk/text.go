//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// vocabulary is what texts are made of.
const vocabulary = `the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you
	were her all she there would their we him been has when who will more no if out so said what up its about into than them can only other new
	some could time these two may then do first any my now such like our over man me even most made after also did many before must through back
	years where much your way well down should because each just those people how too little state good very make world still own see men work
	long get here between both life being under never day same another know while last might us great old year off come since against go came right
	used take three`

// text is the text number i, always the same and no other's: of length
// characters, or of 40 to 600 if that is 0.
func text(i, length int) string {
	if length == 0 {
		length = 40 + i*7919%561
	}
	words := strings.Fields(vocabulary)
	b := []byte("Number " + strconv.Itoa(i))
	for state := uint32(i)*2654435761 + 1; len(b) < length; {
		state = state*1664525 + 1013904223
		b = append(append(b, ' '), words[int(state>>16)%len(words)]...)
	}
	return string(b[:max(length-1, len("Number ")+8)]) + "."
}

// write puts n texts into the JSONL file called name, where every workspace has
// it, and takes away that of an earlier measurement.
func (b *bench) write(name string, n, length int) error {
	old, err := filepath.Glob(filepath.Join(b.dir, "*.jsonl"))
	if err != nil {
		return err
	}
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	file, err := os.Create(filepath.Join(b.dir, name))
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	lines := json.NewEncoder(out)
	for i := range n {
		if err := lines.Encode(map[string]any{"id": i, "text": text(i, length)}); err != nil {
			return err
		}
	}
	return out.Flush()
}
