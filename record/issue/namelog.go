package issue

import (
	"fmt"

	"github.com/akashi-project/akashi/record/lognames"
)

// NameLog has every badge name the log in which it will stand, as
// "eip155:CHAIN:0xREGISTRY:0xLOGID", under the issuer's signature
// (docs/formats/trust.md). An error wraps ErrTemplate: the template names logs
// itself, has contexts that leave no room for it, or makes hosted badges, which
// nobody signs.
func (t Template) NameLog(log string) error {
	if t.Format == OB2Hosted {
		return fmt.Errorf("%w: hosted badges are not signed, and so cannot name a log", ErrTemplate)
	}
	if err := lognames.Name(t.badge, log); err != nil {
		return fmt.Errorf("%w: badge: to name the log: %w", ErrTemplate, err)
	}
	return nil
}
