/// What the parser of the command line says by itself.
extension Language {
    public func usageMessage(_ message: String) -> String {
        guard self == .fr else { return "The command was not understood: " + ended(message) }
        return "La commande n'a pas été comprise : "
            + ended(Self.parserWords.french(message) ?? message).replacing("' or '", with: "' ou '")
    }

    private func ended(_ text: String) -> String { text.hasSuffix(".") || text.hasSuffix("?") ? text : text + "." }

    /// The parser's own words in a line of its help.
    public func help(_ line: String) -> String {
        guard self == .fr else { return line }
        return Self.helpWords.reduce(line) { $0.replacing($1.0, with: $1.1) }
    }

    private static let helpWords = [
        ("OVERVIEW: ", ""), ("USAGE: ", "UTILISATION : "), ("ARGUMENTS:", "ARGUMENTS :"), ("OPTIONS:", "OPTIONS :"),
        ("SUBCOMMANDS:", "COMMANDES :"), ("<subcommand>", "<commande>"),
        ("Show help information.", "Montrer cette aide."), ("Show the version.", "Montrer la version."),
        ("(default: ", "(par défaut : "), ("; default: ", " ; par défaut : "), ("(values: ", "(valeurs : "),
        ("  See '", "  Voir « "), ("' for detailed help.", " » pour les détails."),
    ]

    public func noSuchCommand(_ word: String) -> Complaint {
        usage(pick("There is no command \(word).", "Il n'y a pas de commande \(word)."))
    }

    static let parserWords = Phrasebook([
        ("Unknown option '*'. Did you mean '*'?", "option inconnue « * ». Vouliez-vous dire « * » ?"),
        ("Unknown option '*'", "option inconnue « * »"), ("Invalid option: *", "option incorrecte « * »"),
        ("Missing value for '*'", "il manque la valeur de « * »"),
        ("The option '*' does not take any value, but '*' was specified.", "l'option « * » ne prend pas de valeur, mais « * » a été donné"),
        ("Unexpected argument '*'", "argument inattendu « * »"), ("# unexpected arguments: *", "# arguments inattendus : *"),
        ("Missing expected argument '*'", "il manque l'argument « * »"), ("Missing one of: *", "il manque l'un de : *"),
        ("Missing required subcommand.", "il manque la commande à exécuter"),
        (
            "The value '*' is invalid for '*'. Please provide one of *.",
            "la valeur « * » ne convient pas à « * ». Choisissez parmi *"
        ),
        ("The value '*' is invalid for '*': *", "la valeur « * » ne convient pas à « * » : *"),
        ("The value '*' is invalid for '*'", "la valeur « * » ne convient pas à « * »"),
    ])
}
