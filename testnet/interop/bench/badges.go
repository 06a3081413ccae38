package main

import "fmt"

// writeBadges compares the verification of a badge with the JavaScript packages
// that are used for it.
func writeBadges(m *measurer) (string, error) {
	if err := m.bench("./credentials", "^BenchmarkVerify$", "-benchtime", "3s"); err != nil {
		return "", err
	}
	one := table{{"processor time of one", "akashi, µs", "the signature alone, µs", "akashi's whole check, µs", "node.js, µs"}}
	ratio := table{{"node.js / akashi", "processor time", "clock, one core", "clock, whole machine", "if akashi were the signature alone"}}
	for _, kind := range []struct{ name, title string }{
		{"eddsa-rdfc-2022", "eddsa-rdfc-2022"}, {"eddsa-jcs-2022", "eddsa-jcs-2022"},
		{"VC-JWT", "VC-JWT, EdDSA"}, {"VC-JWT-RS256", "VC-JWT, RS256"},
	} {
		at := func(unit string) string { return number(m.value("Verify/"+kind.name, unit)) }
		one = append(one, []string{kind.title, at("cpu-µs"), at("bare-cpu-µs"), at("whole-cpu-µs"), at("node-cpu-µs")})
		ratio = append(ratio, []string{kind.title, at("×node-cpu"), at("×node"), at("×node-machine"), at("×node-limit")})
	}
	return m.done(fmt.Sprintf(`One Open Badges 3.0 credential of 2.4 kB, from its text to the answer, keys and
contexts at hand, no network; beside the JavaScript packages of Digital Bazaar and
jose in node.js, warm, in the same run. Both sides parse the text, make the bytes
that are signed, find the key, look at purpose and instants, and check the
signature. Of the credential, node.js looks at context, types and dates too, and of
a token at nothing but its signature and that it has a type; akashi at its gates,
which let no text through that two readers read differently, and at the claims of a
token. All that **akashi badge check** does stands beside it: structure, status and
the wording too.

%s
%s
One node.js process checks one after the other. **akashi badge check** of
many files uses every core, and so does a node: that is the whole machine.

The limit is one check of the signature by Go's standard library, which a verdict
cannot do without. It takes most of akashi's time for eddsa-jcs-2022 and VC-JWT, so
that ten times node.js is out of reach on one core: the last column is what remains
if all else took no time. A library that is faster (curve25519-voi, 37 µs for
Ed25519 where the standard library took 62 in one run) would not reach it either,
and has not been kept up since 2023; what says whose badge is genuine should
not rest on it.
`, one, ratio))
}
