package audit

import "github.com/akashi-project/akashi/verify"

// japaneseCodes is the table Codes in Japanese: the same codes with the same
// members filled.
var japaneseCodes = map[Code]CodeInfo{
	ChainCode: {Asks: "レジストリのアドレスにあるコードは、レジストリのものか。",
		Unknown: "RPC の示すコードが異なるか、コードがありません。別のコードが「固定」と呼ぶものは何も証明しません。"},
	ChainEvents: {Asks: "対象範囲のログのイベントをすべて読めたか。",
		Unknown: "RPC に問い合わせできなかったか、あり得ないイベントまたは順序が示されました。"},
	ChainBlock: {Asks: "各イベントのブロックは正規で、確定しているか。",
		Unknown: "RPC がその番号に別のブロックを示したか、ブロックがありません。"},
	ChainState: {Asks: "範囲の終わりのレジストリの状態(先頭と所有者の操作回数)は、イベントと一致するか。",
		Warns:   "RPC がそのブロックの状態を保持していないため、範囲の終わりで除かれたイベントがあっても気付けません。",
		Unknown: "一致しません。RPC がイベントを除いたか、作り出しています。"},
	LogID: {Asks: "ログの ID は、その所有者・オリジン・鍵から導かれるものか。",
		Unknown: "ログの開設が見つからないか、そのイベントから ID が導かれません。"},
	LogKeys: {Asks: "公表された鍵は、このログの鍵か。",
		Warns: "このログの鍵ではありません。別の鍵が公表されるまで、誰もチェックポイントに署名できません。"},
	LogOwner: {Asks: "所有者と運用者の変更は、順につながっているか。",
		Unknown: "つながりません。イベントが欠けているか、作り出されています。"},
	LogClosed: {Asks: "閉鎖の後に何も続いていないか。",
		Warns:   "閉鎖時より大きいチェックポイントに署名しています。その後に受け入れたものが固定されることはありません。",
		Unknown: "閉鎖の後にイベントが続いています。レジストリはそれを許しません。"},
	AnchorOrder: {Asks: "各固定は、前の固定が終わったところから始まっているか。",
		Unknown: "始まっていません。イベントが欠けているか、作り出されています。"},
	AnchorTime: {Asks: "固定のブロックの時刻は、さかのぼっていないか。",
		Unknown: "さかのぼっています。チェーンはそれを許しません。"},
	AnchorGap: {Asks: "固定は十分な頻度で行われたか。",
		Warns: "指定された上限より長い間、固定がありませんでした。"},
	AnchorRoot: {Asks: "エントリから固定されたルートハッシュが導かれ、各木が次の木へつながるか。",
		Fails:   "別のルートハッシュになります。エントリが変更・削除・挿入されています。",
		Unknown: "読めないエントリがあります。"},
	AnchorHead: {Asks: "固定された木の最後のエントリはヘッドか。",
		Fails:   "ヘッドではありません。検証者はこの固定からどのエントリの状態も知ることができません。",
		Unknown: "エントリが、固定されたものではありません。"},
	AnchorStatus: {Asks: "ヘッドの状態ルートは、それより前の状態エントリから導かれるものか。",
		Fails:   "異なります。ログは、自らのエントリと違う状態を検証者に示しています。",
		Unknown: "エントリが固定されたものではないか、読めません。"},
	EntryRead: {Asks: "エントリを読めたか。",
		Unknown: "タイルの公開場所から応答がないか、エントリではないものが返されました。"},
	EntryChanged: {Asks: "固定されたものと異なるのは、どのエントリか。",
		Fails:   "示したエントリ、または示した範囲の少なくとも一件が、固定されたものと異なります。",
		Unknown: "公開されているものからは分かりません。"},
	EntryForm: {Asks: "各エントリの版・種類・型は既知のものか。",
		Warns: "既知のものではありません。位置を占めるだけで、状態を変えません。"},
	EntryEffect: {Asks: "各状態エントリに効力があるか。",
		Warns: "効力がありません。対象がそれより前にないか、状態を持てないか、取消し済みです。akashi のノードはこのようなエントリを書きません。"},
	EntryHead: {Asks: "固定の末尾ではないヘッドの状態ルートも正しいか。",
		Warns: "正しくありません。これに依拠する検証者はいません。"},
	MirrorEntries: {Asks: "ミラーも同じエントリを公開しているか。",
		Warns: "ミラーを読めないか、固定されたものと異なるエントリを公開しています。"},
	CheckpointRead: {Asks: "ログのチェックポイントを読めたか。",
		Unknown: "タイルの公開場所から応答がないか、チェックポイントではないものが返されました。"},
	CheckpointSigned: {Asks: "そのサイズで有効な鍵で署名されているか。",
		Warns:   "このログの鍵で署名されていますが、そのサイズで有効な鍵ではありません。",
		Unknown: "このログのどの鍵の署名もありません。"},
	CheckpointTree: {Asks: "エントリからそのルートハッシュが導かれるか。",
		Fails:   "ログが署名したチェックポイントのルートハッシュが、自らのエントリまたは固定と異なります。",
		Unknown: "読めないエントリがあるか、ルートハッシュが異なり、署名が有効でない鍵によるものです。"},
	CheckpointAhead: {Asks: "固定されたものをすべて含んでいるか。",
		Warns: "最後の固定より小さく、固定されたものの一部が公開されていません。"},
	StatusTiles: {Asks: "ログが公開する状態は、エントリから導かれるものか。",
		Warns: "異なるか、読めないか、その間にログが伸びました。"},
}

// code gives the table's row of a code in this language. A code that the
// table does not have gives one that asks for itself.
func (l Lang) code(c Code) CodeInfo {
	info := CodeInfo{Asks: harmless(string(c))}
	if i, ok := place[c]; ok {
		info = Codes[i]
		if l == Japanese {
			info = japaneseCodes[c]
		}
	}
	info.Code = c
	return info
}

// means gives what a result of a check means, empty when the table has nothing
// to say of it.
func (c CodeInfo) means(r verify.Result) string {
	switch r {
	case verify.Fail:
		return c.Fails
	case verify.Warn:
		return c.Warns
	case verify.Unknown:
		return c.Unknown
	}
	return ""
}
