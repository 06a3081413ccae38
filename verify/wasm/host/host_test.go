package host_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/verify/wasm/host"
)

// A question of a program is answered by its page, here at once.
func Example() {
	var waiting host.Questions
	page := host.Source{Name: "the page", Max: 100, Ask: func(ctx context.Context, method string, arguments []byte) ([]byte, error) {
		return waiting.Wait(ctx, func(number int) {
			fmt.Println(number, method, string(arguments))
			waiting.Answer(number, []byte(`{"number":9}`), "")
		}, func(int) {})
	}}
	block, err := host.Question[struct {
		Number int `json:"number"`
	}](context.Background(), page, "block", 9)
	fmt.Println(block.Number, err)
	// Output:
	// 1 block [9]
	// 9 <nil>
}

func TestQuestion(t *testing.T) {
	for _, tt := range []struct{ text, why, want string }{
		{`7`, "", ""},
		{`"7"`, "", "m: the page's answer is not of the form that the interface asks for"},
		{`{`, "", "m: the page's answer is not of the form that the interface asks for"},
		{strings.Repeat("7", 11), "", "m: the page's answer has 11 bytes, at most 10 are taken"},
		{`7`, "not now", "m: not now"},
	} {
		s := host.Source{Name: "the page", Max: 10, Ask: func(context.Context, string, []byte) ([]byte, error) {
			if tt.why != "" {
				return nil, errors.New(tt.why)
			}
			return []byte(tt.text), nil
		}}
		n, err := host.Question[int](t.Context(), s, "m")
		if tt.want == "" && (n != 7 || err != nil) || tt.want != "" && (err == nil || err.Error() != tt.want) {
			t.Errorf("%s %s: %d, %v", tt.text, tt.why, n, err)
		}
	}
}

// TestWait: an answer counts once, and not after its question was dropped.
func TestWait(t *testing.T) {
	var q host.Questions
	q.Answer(1, []byte("nobody asked"), "")
	b, err := q.Wait(t.Context(), func(n int) {
		q.Answer(n, []byte("first"), "")
		q.Answer(n, []byte("second"), "")
	}, func(int) { t.Error("dropped") })
	if string(b) != "first" || err != nil {
		t.Errorf("%s, %v", b, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	put, dropped := 0, 0
	_, err = q.Wait(ctx, func(n int) { put = n; cancel() }, func(n int) { dropped = n })
	q.Answer(put, []byte("late"), "")
	if !errors.Is(err, context.Canceled) || put == 0 || dropped != put {
		t.Errorf("%v, put %d, dropped %d", err, put, dropped)
	}
	if _, err := q.Wait(t.Context(), func(n int) { q.Answer(n, nil, "broken") }, func(int) {}); err == nil || err.Error() != "broken" {
		t.Error(err)
	}
}
