package main

import "fmt"

// writeBadges compares the verification of a badge with the JavaScript packages
// that are used for it.
func writeBadges(m *measurer) (string, error) {
	if err := m.bench("./credentials", "^BenchmarkVerify$", "-benchtime", "3s"); err != nil {
		return "", err
	}
	rows := table{{"signature", "akashi, µs", "the signature alone, µs", "node.js, µs", "node.js / akashi", "the same by the clock"}}
	for _, kind := range []struct{ name, title string }{
		{"eddsa-rdfc-2022", "eddsa-rdfc-2022"}, {"eddsa-jcs-2022", "eddsa-jcs-2022"},
		{"VC-JWT", "VC-JWT, EdDSA"}, {"VC-JWT-RS256", "VC-JWT, RS256"},
	} {
		at := func(unit string) float64 { return m.value("Verify/"+kind.name, unit) }
		rows = append(rows, []string{kind.title, number(at("cpu-µs")), number(at("bare-cpu-µs")), number(at("node-cpu-µs")), number(at("×node-cpu")), number(at("×node"))})
	}
	return m.done(fmt.Sprintf(`One Open Badges 3.0 credential of 2.4 kB, from its text to the verdict, keys and
contexts at hand, no network; beside the JavaScript packages of Digital Bazaar and
jose in node.js, warm, in the same run. Processor time of all threads.

%s
The limit is one check of the signature by Go's standard library, which a verdict
cannot do without.
`, rows))
}
