/// Learning a recorder's index and writing it back.
extension Language {
    public var learning: String { pick("learning", "apprentissage") }
    public var columnWord: String { pick("COLUMN", "COLONNE") }
    public var valueWord: String { pick("VALUE", "VALEUR") }
    public var agreeWord: String { pick("AGREE", "CONCORDENT") }
    public var hiddenWord: String { pick("HIDDEN", "CACHÉES") }

    public func verdictOfProfile(_ verdict: String) -> String {
        switch verdict {
        case "usable": pick("usable", "utilisable")
        case "usable-with-gaps": pick("usable, with gaps", "utilisable, avec des lacunes")
        default: pick("not usable", "inutilisable")
        }
    }

    public func profileWritten(_ path: String, verdict: String) -> String {
        pick("Verdict: \(verdict). The profile is \(path).", "Verdict : \(verdict). Le profil est \(path).")
    }

    public func learntTable(_ name: String, each: String, rows: Int, matched: Int, key: [String]) -> String {
        let unit: String =
            switch each {
            case "hour": pick("one row an hour", "une ligne par heure")
            case "day": pick("one row a day", "une ligne par jour")
            default: pick("one row a segment", "une ligne par segment")
            }
        let keys = key.joined(separator: ", ")
        return pick(
            "Table \(name): \(unit); \(count(matched)) of \(plural(rows, "row", "rows")) have their recording; rows differ in \(keys).",
            "Table \(name) : \(unit) ; \(count(matched)) sur \(plural(rows, "ligne", "lignes")) ont leur enregistrement ; elles diffèrent par \(keys)."
        )
    }

    public var tableNotWritten: String {
        pick(
            "It holds a part of the segments only, so nothing is written into it unless the profile says \"write\": true.",
            "Elle ne contient qu'une partie des segments : rien n'y est écrit, sauf si le profil dit \"write\": true.")
    }

    /// `isExact`: every column is, and none is only near.
    public func hiddenRows(_ rows: Int, matched: Int, reproduced: Int, isExact: Bool) -> String {
        let share = decimal(matched == 0 ? 0 : Double(reproduced) * 100 / Double(matched), places: 1)
        let english = isExact ? "made again as they were" : "made again, but for what is only near"
        let french = isExact ? "refaites à l'identique" : "refaites, sauf ce qui n'est qu'approché"
        return pick(
            "Hidden from learning: \(plural(rows, "row", "rows")), \(count(matched)) with a recording; \(english): \(count(reproduced)) (\(share) %).",
            "Cachées : \(plural(rows, "ligne", "lignes")), dont \(count(matched)) avec enregistrement ; \(french) : \(count(reproduced)) (\(share) %)."
        )
    }

    public func leftToDefault(_ known: Bool) -> String {
        known
            ? pick("left to its default", "laissée à sa valeur par défaut")
            : pick("no value, and it needs one", "sans valeur, et il en faut une")
    }
    public var newNumber: String { pick("new for each row", "nouvelle à chaque ligne") }

    public func gapUnknown(_ table: String, _ column: String, seen: [String]) -> String {
        let values = seen.joined(separator: ", ")
        return pick(
            "\(table).\(column): nothing of ours explains it, so it is left to its default (seen: \(values)).",
            "\(table).\(column) : rien ne l'explique, elle est laissée à sa valeur par défaut (vu : \(values)).")
    }

    public func gapMissing(_ table: String, _ column: String, seen: [String]) -> String {
        let values = seen.joined(separator: ", ")
        return pick(
            "\(table).\(column): nothing of ours explains it, and it has no default (seen: \(values)). Give it a \"value\" in the profile.",
            "\(table).\(column) : rien ne l'explique et elle n'a pas de valeur par défaut (vu : \(values)). Donnez-lui une \"value\" dans le profil."
        )
    }

    public func gapNear(_ table: String, _ column: String, seconds: Double) -> String {
        pick(
            "\(table).\(column): right to \(decimal(seconds, places: 3)) s, not exactly.",
            "\(table).\(column) : juste à \(decimal(seconds, places: 3)) s près, pas exactement.")
    }

    public func gapFewRows(_ table: String, _ rows: Int) -> String {
        pick(
            "\(table): only \(plural(rows, "row", "rows")) to learn from; check each column of the profile.",
            "\(table) : seulement \(plural(rows, "ligne", "lignes")) pour apprendre ; vérifiez chaque colonne du profil.")
    }

    public func gapClockUncertain(_ table: String) -> String {
        pick(
            "\(table): several offsets from UTC explain its times; check the zone in the profile, or give --time-zone.",
            "\(table) : plusieurs décalages par rapport à UTC expliquent ses heures ; vérifiez le fuseau du profil, ou donnez --time-zone.")
    }

    public func gapClockShifted(_ table: String, _ column: String, seconds: Int64) -> String {
        pick(
            "\(table).\(column): the recorder's clock is \(seconds) s ahead of that of the recordings; rows are written by the recorder's clock.",
            "\(table).\(column) : l'horloge de l'enregistreur avance de \(seconds) s sur celle des enregistrements ; les lignes suivent la sienne."
        )
    }

    public func gapRemainder(_ table: String, rows: Int, seen: [String]) -> String {
        let values = seen.joined(separator: " | ")
        return rows > 0
            ? pick(
                "\(table): \(plural(rows, "line or row", "lines or rows")) of another form will not be written like that (seen: \(values)).",
                "\(table) : \(plural(rows, "ligne", "lignes")) d'une autre forme ne \(rows > 1 ? "seront pas écrites" : "sera pas écrite") ainsi (vu : \(values))."
            )
            : pick(
                "\(table): what stands once for all rows is copied as it is; check it (seen: \(values)).",
                "\(table) : ce qui est dit une fois pour toutes les lignes est recopié tel quel ; vérifiez-le (vu : \(values)).")
    }

    public var exampleWasCut: String {
        pick("The example ends in the middle; what came before was used.", "L'exemple s'arrête au milieu ; ce qui précède a servi.")
    }

    // MARK: export

    public func rowsOf(_ table: String, _ rows: Int) -> String {
        pick(
            "\(table): \(plural(rows, "row", "rows")) to write where they are missing",
            "\(table) : \(plural(rows, "ligne", "lignes")) à écrire si elles manquent")
    }
    public var ofTheExample: String { pick("of the example:", "de l'exemple :") }
    public var madeRows: String { pick("made:", "faites :") }

    public func rowsLeftOut(_ table: String, _ rows: Int) -> String {
        pick(
            "\(table): \(plural(rows, "segment", "segments")) left out, because something that a row needs is not known of them.",
            "\(table) : \(plural(rows, "segment laissé", "segments laissés")) de côté, car il leur manque de quoi faire une ligne.")
    }

    public func columnDoubtful(_ table: String, _ column: String, _ rows: Int) -> String {
        pick(
            "\(table).\(column): left to its default in \(plural(rows, "row", "rows")), where the example does not tell what it would be.",
            "\(table).\(column) : laissée à sa valeur par défaut dans \(plural(rows, "ligne", "lignes")), où l'exemple ne dit pas ce qu'elle serait."
        )
    }

    public func kindUnseen(_ table: String, _ kind: String, _ rows: Int) -> String {
        pick(
            "\(table): \(plural(rows, "row is", "rows are")) of recordings of the kind \(kind), of which the example has none; check them.",
            "\(table) : \(plural(rows, "ligne vient", "lignes viennent")) d'enregistrements du genre \(kind), que l'exemple n'a pas ; vérifiez-les."
        )
    }

    public func cameraUnknown(_ camera: String, _ rows: Int) -> String {
        pick(
            "The example does not know the camera \(camera): \(plural(rows, "row", "rows")) left out. --create-cameras makes it where the recorder keeps a table of cameras.",
            "L'exemple ne connaît pas la caméra \(camera) : \(plural(rows, "ligne", "lignes")) de côté. --create-cameras la crée si l'enregistreur a une table de caméras."
        )
    }

    public func profileExported(rows: Int, path: String) -> String {
        pick("Wrote \(plural(rows, "row", "rows")) to \(path).", "\(plural(rows, "ligne écrite", "lignes écrites")) dans \(path).")
    }

    // MARK: complaints

    public func exampleMissing(_ path: String, reason: String) -> Complaint {
        Complaint(
            code: "example-missing",
            message: pick("The example \(path) cannot be opened: \(reason).", "L'exemple \(path) ne peut pas être ouvert : \(reason)."),
            hint: pick(
                "Give the recorder's database file or its dump.", "Donnez le fichier de base de données de l'enregistreur ou son export."))
    }

    public func exampleUnknown(_ path: String) -> Complaint {
        Complaint(
            code: "example-unknown",
            message: pick("\(path) is no index that can be learnt from.", "\(path) n'est pas un index dont on puisse apprendre."),
            hint: LearnHelp.example.text(in: self))
    }

    public func exampleEmpty(_ path: String) -> Complaint {
        Complaint(
            code: "example-empty", message: pick("The example \(path) holds no row.", "L'exemple \(path) ne contient aucune ligne."),
            hint: pick("Dump it with its data.", "Exportez-le avec ses données."))
    }

    public func exampleDamaged(_ path: String, detail: String) -> Complaint {
        Complaint(
            code: "example-damaged",
            message: pick("The example \(path) is damaged: \(detail).", "L'exemple \(path) est endommagé : \(detail)."),
            hint: pick(
                "Save what is readable with the database's own tools (`sqlite3 FILE .recover`), and learn from that.",
                "Sauvez ce qui est lisible avec les outils de la base (`sqlite3 FICHIER .recover`), et apprenez de cela."))
    }

    public func notUsableNothing(_ path: String) -> Complaint {
        Complaint(
            code: "not-usable",
            message: pick(
                "Not usable: no table of \(path) holds values of these recordings.",
                "Inutilisable : aucune table de \(path) ne contient des valeurs de ces enregistrements."),
            hint: pick(
                "Is it the index of these recordings? Give the folder that the recorder itself writes to as --source, and --time-zone if its clock shows local time.",
                "Est-ce l'index de ces enregistrements ? Donnez comme --source le dossier où l'enregistreur écrit, et --time-zone si son horloge est à l'heure locale."
            ))
    }

    public func notUsableOnlyTimes(_ path: String, table: String) -> Complaint {
        Complaint(
            code: "not-usable",
            message: pick(
                "Not usable: times in the table \(table) of \(path) agree with these recordings, but nothing else does; it may be another site.",
                "Inutilisable : des heures de la table \(table) de \(path) concordent avec ces enregistrements, mais rien d'autre ; ce peut être un autre site."
            ),
            hint: pick(
                "An example must agree in a path, a camera, a size or a length too.",
                "Un exemple doit concorder aussi par un chemin, une caméra, une taille ou une durée."))
    }

    public func notUsableNoIdentity(_ path: String, table: String) -> Complaint {
        Complaint(
            code: "not-usable",
            message: pick(
                "Not usable: nothing certain tells one row of the table \(table) of \(path) from another.",
                "Inutilisable : rien de certain ne distingue une ligne de la table \(table) de \(path) d'une autre."),
            hint: pick(
                "Give a larger example, with more of its recordings.", "Donnez un exemple plus grand, avec plus de ses enregistrements."))
    }

    public func notUsableSeveralRows(_ path: String, table: String) -> Complaint {
        Complaint(
            code: "not-usable",
            message: pick(
                "Not usable: the table \(table) of \(path) has several rows for most recordings.",
                "Inutilisable : la table \(table) de \(path) a plusieurs lignes pour la plupart des enregistrements."),
            hint: pick(
                "Only tables with one row for each recording, hour or day can be written.",
                "Seules les tables d'une ligne par enregistrement, heure ou jour peuvent être écrites."))
    }

    public func textOfSeveralLists(_ path: String) -> Complaint {
        textRefused(
            path,
            pick(
                "its rows stand in several lists, and could not be put back into theirs",
                "ses lignes sont dans plusieurs listes et ne pourraient y être remises"))
    }

    public func textOfOtherEncoding(_ path: String) -> Complaint {
        textRefused(
            path, pick("it is not written in UTF-8", "il n'est pas écrit en UTF-8"))
    }

    public func textsOfDifferentFrames(_ path: String) -> Complaint {
        textRefused(
            path,
            pick(
                "what stands before or behind the rows differs from file to file, and could not be made for another",
                "ce qui précède ou suit les lignes diffère d'un fichier à l'autre et ne pourrait être fait pour un autre"))
    }

    private func textRefused(_ path: String, _ reason: String) -> Complaint {
        Complaint(
            code: "not-usable",
            message: pick(
                "Not usable: \(path) could be read, but not written again: \(reason).",
                "Inutilisable : \(path) peut être lu, mais pas réécrit : \(reason)."),
            hint: pick(
                "A copy with one list of rows for each file can be learnt from.",
                "Une copie avec une seule liste de lignes par fichier peut servir d'exemple."))
    }

    public func notUsableFewRows(_ path: String, table: String, rows: Int) -> Complaint {
        Complaint(
            code: "not-usable",
            message: pick(
                "Not usable: fewer than three of the \(plural(rows, "row", "rows")) of the table \(table) of \(path) have a recording here.",
                "Inutilisable : moins de trois des \(plural(rows, "ligne", "lignes")) de la table \(table) de \(path) ont un enregistrement ici."
            ),
            hint: pick(
                "Give a larger example, with more of its recordings.", "Donnez un exemple plus grand, avec plus de ses enregistrements."))
    }

    public func columnsMissing(_ profile: String, columns: [String]) -> Complaint {
        let names = columns.joined(separator: ", ")
        return Complaint(
            code: "not-usable",
            message: pick(
                "Not usable yet: nothing explains \(names), and the recorder wants a value there.",
                "Pas encore utilisable : rien n'explique \(names), et l'enregistreur y veut une valeur."),
            hint: pick(
                "Write a \"value\" for each into \(profile), where you know what belongs there.",
                "Écrivez une \"value\" pour chacune dans \(profile), si vous savez ce qui y va."))
    }

    public func profileMissing(_ path: String, reason: String) -> Complaint {
        Complaint(
            code: "profile-missing",
            message: pick("The profile \(path) cannot be read: \(reason).", "Le profil \(path) ne peut pas être lu : \(reason)."),
            hint: pick("Make one with `index learn`.", "Faites-en un avec `index learn`."))
    }

    public func profileWrong(_ path: String, line: Int, reason: String) -> Complaint {
        Complaint(
            code: "profile-wrong", message: pick("\(path), line \(line): \(reason).", "\(path), ligne \(line) : \(reason)."),
            hint: pick(
                "Correct that line, or make the profile anew with `index learn`.",
                "Corrigez cette ligne, ou refaites le profil avec `index learn`."))
    }

    public func profileNotUsable(_ path: String) -> Complaint {
        Complaint(
            code: "profile-not-usable",
            message: pick(
                "The profile \(path) lacks values that the recorder wants.",
                "Il manque au profil \(path) des valeurs que l'enregistreur exige."),
            hint: pick(
                "Give each column marked \"required\" whose \"value\" is null a value.",
                "Donnez une valeur à chaque colonne \"required\" dont la \"value\" est null."))
    }

    public func learningDestinationFailed(_ path: String, detail: String) -> Complaint {
        Complaint(
            code: "destination-failed",
            message: pick("\(path) could not be written: \(detail).", "\(path) n'a pas pu être écrit : \(detail)."),
            hint: pick("Check the disk and the profile's definitions.", "Vérifiez le disque et les définitions du profil."))
    }

    // MARK: what is wrong with a profile

    public func expectedJSON(_ expected: String) -> String {
        pick("it is no JSON, \(expected) was expected", "ce n'est pas du JSON, \(expected) était attendu")
    }
    public var noProfile: String { pick("it is no profile of `index learn`", "ce n'est pas un profil de `index learn`") }
    public func profileLacks(_ key: String) -> String { pick("\"\(key)\" is missing", "\"\(key)\" manque") }
    public func profileWants(_ key: String, _ expected: String) -> String {
        pick("\"\(key)\" wants \(expected)", "\"\(key)\" attend \(expected)")
    }
    public func profileUnknownWord(_ key: String, _ word: String, known: [String]) -> String {
        let list = known.joined(separator: ", ")
        return pick(
            "\"\(key)\" cannot be \"\(word)\"" + (known.isEmpty ? "" : "; it is one of \(list)"),
            "\"\(key)\" ne peut pas être \"\(word)\"" + (known.isEmpty ? "" : " ; c'est un de \(list)"))
    }
    public func profileNoColumn(_ name: String) -> String { pick("there is no column \(name)", "il n'y a pas de colonne \(name)") }
    public var unclosedBrace: String {
        pick("a brace is not closed; a brace as such is {{", "une accolade n'est pas fermée ; une accolade seule s'écrit {{")
    }
    public func unknownField(_ field: String) -> String { pick("there is no field {\(field)}", "il n'y a pas de champ {\(field)}") }
    public func badForm(_ field: String, _ form: String) -> String {
        pick("{\(field)} cannot be written as \"\(form)\"", "{\(field)} ne s'écrit pas \"\(form)\"")
    }
    public func mustStandAlone(_ field: String) -> String { pick("{\(field)} must stand alone", "{\(field)} doit être seul") }
}
