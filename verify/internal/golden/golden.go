// Package golden reads the golden evidence in testdata and changes it in every
// member, for tests of everything that judges evidence: the verifier itself,
// and its build for browsers.
//
// Golden evidence is one folder for each case:
//
//	record         the bytes that are presented
//	evidence.json  as a node gave them out
//	policy.json    what the verifier believes
//	case.json      what the case shows, the verifier's clock, whom it expects
//	report.json    the report that every release must reach, without the texts
//
// There is no chain client in them: what a file proves must not change with
// the weather.
package golden

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
)

// A Setting is the content of case.json.
type Setting struct {
	About        string `json:"about"`
	Now          int64  `json:"now"` // Unix seconds
	ExpectIssuer string `json:"expectIssuer,omitempty"`
}

// A Case is one question to a verifier.
type Case struct {
	Name string // of the folder; behind a colon, what was changed
	Setting
	Record   []byte
	Evidence []byte
	Policy   []byte
	Report   []byte // report.json; nil for a changed case
}

// Cases reads all cases in the folder of golden evidence.
func Cases(dir string) ([]Case, error) {
	folders, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []Case
	for _, folder := range folders {
		c := Case{Name: folder.Name()}
		var setting []byte
		for name, content := range map[string]*[]byte{
			"record": &c.Record, "evidence.json": &c.Evidence, "policy.json": &c.Policy, "report.json": &c.Report, "case.json": &setting,
		} {
			if *content, err = os.ReadFile(filepath.Join(dir, c.Name, name)); err != nil {
				return nil, err
			}
		}
		if err := json.Unmarshal(setting, &c.Setting, json.RejectUnknownMembers(true)); err != nil {
			return nil, fmt.Errorf("%s: case.json: %w", c.Name, err)
		}
		all = append(all, c)
	}
	return all, nil
}
