package anchor

import "context"

// Step looks at the chain once, as Run does.
func (a *Anchor) Step(ctx context.Context) error { return a.step(ctx) }

// Trap makes step end at the instants where a crash matters.
func (a *Anchor) Trap(f func(at string) error) { a.trap = f }

// ErrJournal is wrapped by what ends Run.
var ErrJournal = errStore
