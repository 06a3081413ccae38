package image_test

import (
	"fmt"

	"github.com/akashi-project/akashi/record/image"
)

// A badge is put into a picture, then its evidence beside it, and both come
// out as they went in.
func Example() {
	picture := []byte(`<svg xmlns="http://www.w3.org/2000/svg"><circle r="5"/></svg>`)
	baked, err := image.Bake(picture, image.Badge{
		Standard: image.OpenBadges3,
		Content:  []byte(`{"type":["VerifiableCredential","OpenBadgeCredential"]}`),
	})
	if err != nil {
		panic(err)
	}
	if baked, err = image.PutEvidence(baked, []byte(`{"v":1}`)); err != nil {
		panic(err)
	}
	out, err := image.Extract(baked)
	if err != nil {
		panic(err)
	}
	fmt.Println(out.Format, out.Badge.Standard)
	fmt.Println(string(out.Badge.Content))
	fmt.Println(string(out.Evidence))
	// Output:
	// svg ob3
	// {"type":["VerifiableCredential","OpenBadgeCredential"]}
	// {"v":1}
}
