package await_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/akashi-project/akashi/testnet/await"
)

func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), await.Patience)
		defer cancel()
		asked := 0
		third := func() bool { asked++; return asked == 3 }
		if err := await.True(ctx, third); err != nil || asked != 3 {
			t.Errorf("%v after %d questions, want 3", err, asked)
		}
		if err := await.True(ctx, func() bool { return false }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("what never comes true ends with %v", err)
		}
		// What is so is so, even if nobody is willing to wait for it.
		if err := await.Nil(ctx, func() error { return nil }); err != nil {
			t.Error(err)
		}
		last := errors.New("not yet")
		if err := await.Nil(ctx, func() error { return last }); !errors.Is(err, last) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the error says %v", err)
		}
	})
}
