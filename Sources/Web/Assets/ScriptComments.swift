/// Documentation comments are a quarter of what a script weighs; a browser has no use for them.
enum ScriptComments {
  /// The script without its `/** … */` comments; other comments stay, so that a `/*` in a string or an expression is no concern here.
  /// A comment on lines of its own goes with its lines.
  static func removed(from script: String) -> String {
    script.replacing(/(?m:^)[ \t]*\/\*\*(?:(?!\*\/)(?s:.))*\*\/[ \t]*\n/, with: "").replacing(/\/\*\*(?s:.*?)\*\/ ?/, with: "")
  }
}
