/// What `index learn` and `index export --profile` say in their help.
public enum LearnHelp: Sendable, CaseIterable {
    case learn, example, source, index, output, verify, profile, createCameras

    public func text(in language: Language) -> String {
        switch self {
        case .learn:
            language.pick(
                "Learn from a healthy index how a recorder writes its own, so that lost rows can be written again.",
                "Apprendre d'un index sain comment un enregistreur écrit le sien, pour réécrire les lignes perdues.")
        case .example:
            language.pick(
                "The recorder's index: an SQLite file, a dump of MySQL, MariaDB or PostgreSQL, gzip or not, or text or binary files of rows.",
                "L'index de l'enregistreur : un fichier SQLite, un export MySQL, MariaDB ou PostgreSQL, gzip ou non, ou des fichiers texte ou binaires."
            )
        case .source:
            language.pick("Folders with the recordings that the example indexes.", "Dossiers des enregistrements que l'exemple indexe.")
        case .index:
            language.pick(
                "An index of these recordings that is there already, instead of --source.",
                "Un index déjà construit de ces enregistrements, au lieu de --source.")
        case .output: language.pick("The profile to write (JSON).", "Le profil à écrire (JSON).")
        case .verify:
            language.pick(
                "Hide every fifth row and the last from learning, make them again, and compare.",
                "Cacher une ligne sur cinq et la dernière, les refaire, et comparer.")
        case .profile:
            language.pick(
                "Write rows in the recorder's own form, as `index learn` learnt it.",
                "Écrire des lignes dans la forme de l'enregistreur, apprise par `index learn`.")
        case .createCameras:
            language.pick(
                "Also create the cameras that rows refer to and that the recorder does not know.",
                "Créer aussi les caméras citées que l'enregistreur ne connaît pas.")
        }
    }
}
