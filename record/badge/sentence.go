package badge

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/akashi-project/akashi/record/fetch"
)

// A sentence is what a check may say, in every language. It belongs to one
// code and one result. {0}, {1} … stand for what it is given.
type sentence struct {
	code   Code
	result Result
	words  map[Language]string
}

// catalogue holds every sentence of the package.
var catalogue []*sentence

// say adds a sentence to the catalogue.
func say(code Code, result Result, en, ja string) *sentence {
	s := &sentence{code, result, map[Language]string{English: en, Japanese: ja}}
	catalogue = append(catalogue, s)
	return s
}

// maxArgument bounds what a sentence repeats of a document, in bytes.
const maxArgument = 200

// in writes the sentence. What it is given may be a stranger's text and is
// made one short line of visible characters.
func (s *sentence) in(l Language, args []any) string {
	text := s.words[l]
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '{')
		if i < 0 || i+2 >= len(text) || text[i+2] != '}' {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i])
		if n := int(text[i+1] - '0'); n >= 0 && n < len(args) {
			switch a := args[n].(type) {
			case *phrase:
				b.WriteString(a.words[l])
			case string:
				b.WriteString(visible(a))
			case int:
				b.WriteString(strconv.Itoa(a))
			}
		}
		text = text[i+3:]
	}
}

// visible shortens a stranger's text and takes out what a terminal or a page
// would act on.
func visible(s string) string {
	if len(s) > maxArgument {
		s = strings.ToValidUTF8(s[:maxArgument], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}, s)
}

// A phrase is a part of sentences, in every language.
type phrase struct{ words map[Language]string }

// phrases holds every phrase of the package.
var phrases []*phrase

func part(en, ja string) *phrase {
	p := &phrase{map[Language]string{English: en, Japanese: ja}}
	phrases = append(phrases, p)
	return p
}

// Why there is no answer from the network.
var (
	fetchWords = map[fetch.Kind]*phrase{
		fetch.Offline:     part("nothing is fetched in this check", "この検証では何も取得しません"),
		fetch.BadURL:      part("its address is no https URL", "アドレスがhttpsのURLではありません"),
		fetch.BadAddress:  part("its host is inside a private or special network", "ホストが内部または特殊なネットワークにあります"),
		fetch.Redirected:  part("its server points to another host, or too often onwards", "サーバーが別のホストへ転送するか、転送が多すぎます"),
		fetch.TooLarge:    part("it is too large", "大きすぎます"),
		fetch.Timeout:     part("there was no answer in time", "時間内に応答がありません"),
		fetch.Unreachable: part("its host could not be reached", "ホストに接続できません"),
		fetch.BadTLS:      part("the certificate of its host is not good", "ホストの証明書が正しくありません"),
		fetch.BadType:     part("it has another media type than is needed", "メディアタイプが異なります"),
		fetch.Exhausted:   part("one check may not fetch more", "一度の検証で取得できる量を超えます"),
		fetch.NotRecorded: part("the transcript that is replayed does not have it", "再現に使う記録に含まれていません"),
		fetch.Canceled:    part("the check was given up", "検証が中断されました"),
	}
	wordsMalformed = part("what came back cannot be read", "返されたものを読めません")
	wordsUnnamed   = part("what came back has neither id nor type, as when a server answers with an error", "返されたものにidもtypeもありません(サーバーのエラーの可能性)")
	wordsElse      = part("what is kept there calls itself by another address", "そこにあるものは別のアドレスを名乗っています")
	wordsNoURL     = part("it is named by no URL", "URLで示されていません")
	wordsStatus    = part("its server answers with an error", "サーバーがエラーを返しています")
)

// A Finding is what one check found.
type Finding struct {
	Code   Code   `json:"code"`   // stable; see Codes
	Result Result `json:"result"` // pass, fail, warn or unknown
	Text   string `json:"text"`   // one sentence for people; may change between releases
}

// Open reports whether a finding leaves the question open: it is unknown, and
// of a check that the verdict rests on.
func (f Finding) Open() bool { return f.Result == Unknown && required[f.Code] }
