/// What `triage` says.
extension Language {
    public func verdictTitle(_ verdict: String) -> String {
        switch verdict {
        case "keep-data-disks":
            pick(
                "The recordings are on disks of their own. Once what is urgent is saved, the system's disk alone is reinstalled; those disks stay as they are.",
                "Les enregistrements sont sur leurs propres disques. Une fois l'urgent sauvé, seul le disque système est réinstallé ; ces disques restent tels quels."
            )
        case "reinstall-small":
            pick(
                "System and recordings share a disk but not a volume. Once what is urgent is saved, reinstall with the parameter \"small\".",
                "Système et enregistrements partagent un disque, mais pas un volume. Une fois l'urgent sauvé, réinstallez avec le paramètre « small »."
            )
        case "set-disk-aside":
            pick(
                "System and recordings are on one volume. Reinstalling on it loses the index: set this disk aside and take a new one.",
                "Système et enregistrements sont sur un seul volume. Y réinstaller perd l'indexation : mettez ce disque de côté et prenez-en un neuf."
            )
        case "image-disk-first":
            pick("A disk is failing. Copy it before anything else.", "Un disque est en train de mourir. Copiez-le avant toute autre chose.")
        case "nothing-to-do":
            pick(
                "System and recordings look whole. There is nothing to rescue.",
                "Système et enregistrements semblent entiers. Il n'y a rien à sauver.")
        default:
            pick(
                "What is seen does not suffice to decide. Do not reinstall, do not repair anything yet.",
                "Ce qui est visible ne suffit pas pour décider. Ne réinstallez pas, ne réparez rien pour l'instant.")
        }
    }
    public var because: String { pick("Because:", "Parce que :") }
    public var whatToDo: String { pick("What to do, in this order:", "À faire, dans cet ordre :") }
    public func stepState(_ state: String) -> String {
        switch state {
        case "done": pick("done", "fait")
        case "next": pick("NEXT", "À FAIRE")
        default: pick("later", "ensuite")
        }
    }

    /// `subjects`: volumes or a version; `disks`: the disks that the step writes to or takes out.
    public func stepTitle(_ id: String, _ subjects: [String], disks: [String] = []) -> String {
        let what = subjects.filter { !$0.isEmpty }.joined(separator: ", ")
        let there = disks.joined(separator: ", ")
        let version =
            what.isEmpty ? pick("the version it had, V7.14.0.2 or V7.14.0.3", "la version d'origine, V7.14.0.2 ou V7.14.0.3") : "V" + what
        switch id {
        case "image":
            return pick(
                "Copy the failing disk \(what) to an image on another disk",
                "Copier le disque en panne \(what) dans une image sur un autre disque")
        case "look-again": return pick("Look again", "Examiner de nouveau")
        case "replay":
            return pick(
                "The log of \(what) hides what was written last: replay it in a layer beside the disk, never on the disk",
                "Le journal de \(what) cache ce qui a été écrit en dernier : le rejouer dans une couche à côté du disque, jamais sur le disque"
            )
        case "carve":
            return pick(
                "If \(what) ever held recordings: look for them on the bare disk",
                "Si \(what) a contenu des enregistrements : les chercher sur le disque nu")
        case "decide":
            return what.isEmpty
                ? pick(
                    "Plug in the disk that holds the recordings, and look again",
                    "Brancher le disque des enregistrements, et regarder de nouveau")
                : pick("Find out what \(what) holds", "Trouver ce que contient \(what)")
        case "mount":
            return pick("Mount the recordings without changing them: \(what)", "Monter les enregistrements sans les changer : \(what)")
        case "index": return pick("Build an index from the recordings", "Construire un index à partir des enregistrements")
        case "extract": return pick("Take out the clips that are needed now", "Extraire les séquences nécessaires dès maintenant")
        case "capture":
            return pick(
                "Save what is left of the configuration, before anything is installed: \(what)",
                "Sauvegarder ce qui reste de la configuration, avant toute installation : \(what)")
        case "set-aside":
            return pick(
                "Take the disk out, label it and keep it: \(disks.isEmpty ? what : there)",
                "Retirer le disque, l'étiqueter et le garder : \(disks.isEmpty ? what : there)")
        case "reinstall":
            return pick("Reinstall the same version: \(version)", "Réinstaller la même version : \(version)")
                + (disks.isEmpty ? "" : pick("; on \(there) and on no other disk", " ; sur \(there), et sur aucun autre disque"))
        case "reinstall-small":
            return pick(
                "Reinstall the same version with the parameter \"small\": \(version)",
                "Réinstaller la même version avec le paramètre « small » : \(version)")
                + (disks.isEmpty ? "" : pick("; on \(there) and on no other disk", " ; sur \(there), et sur aucun autre disque"))
        case "remount":
            return pick(
                "In the reinstalled server, mount the data disks; accept when it offers to recover configuration and data",
                "Sur le serveur réinstallé, monter les disques de données ; accepter quand il propose de récupérer la configuration et les données"
            )
        case "reload":
            return pick(
                "Only then, if something is missing, reload a configuration of \(version)",
                "Seulement ensuite, s'il manque quelque chose, recharger une configuration de \(version)")
        default: return id
        }
    }
    public func waitsFor(_ titles: Int) -> String { pick("after step \(titles)", "après l'étape \(titles)") }

    public func diskIsFailing(_ disk: String) -> String { pick("\(disk) is failing", "\(disk) est en panne") }
    public func diskIsWorn(_ disk: String) -> String {
        pick("\(disk) shows wear; copy what matters soon", "\(disk) montre de l'usure ; copiez bientôt ce qui compte")
    }
    public func oneVolumeForBoth(_ volume: String) -> String {
        pick("\(volume) holds the system and the recordings", "\(volume) contient le système et les enregistrements")
    }
    public func sameDisk(_ system: String, _ data: String) -> String {
        pick(
            "the system (\(system)) and the recordings (\(data)) are on the same disk",
            "le système (\(system)) et les enregistrements (\(data)) sont sur le même disque")
    }
    public func differentDisks(_ systems: [String], _ data: [String]) -> String {
        let (one, other) = (systems.joined(separator: ", "), data.joined(separator: ", "))
        return pick(
            "the system (\(one)) and the recordings (\(other)) are on different disks",
            "le système (\(one)) et les enregistrements (\(other)) sont sur des disques différents")
    }
    public var noSystemFound: String { pick("no system was found", "aucun système trouvé") }
    public var noRecordingsFound: String { pick("no recordings were found", "aucun enregistrement trouvé") }
    public func systemIsIntact(_ volume: String) -> String {
        pick("the system on \(volume) is whole", "le système de \(volume) est entier")
    }
    public func systemIsMigrated(_ volume: String) -> String {
        pick("the system on \(volume) has been migrated", "le système de \(volume) a été migré")
    }
    public func migrationWasInterrupted(_ volume: String) -> String {
        pick("the migration of \(volume) was interrupted", "la migration de \(volume) a été interrompue")
    }
    public func systemIsUnclear(_ volume: String) -> String {
        pick("it is not clear in what state the system on \(volume) is", "on ne sait pas dans quel état est le système de \(volume)")
    }
    public func volumeIsUndecided(_ volume: String) -> String {
        pick("what \(volume) holds cannot be seen; detect says why", "le contenu de \(volume) n'est pas visible ; detect dit pourquoi")
    }
    public func volumeMayBeWiped(_ volume: String) -> String {
        pick(
            "\(volume) looks empty or newly formatted; recordings that were there may still be found",
            "\(volume) semble vide ou fraîchement formaté ; les enregistrements qui s'y trouvaient se retrouvent peut-être encore")
    }
    public func volumeNeedsRecovery(_ volume: String) -> String {
        pick(
            "\(volume) was not unmounted cleanly: a plain mount would write to it",
            "\(volume) n'a pas été démonté proprement : un montage ordinaire y écrirait")
    }
    public var versionIsUnknown: String {
        pick(
            "which version the server had could not be read: look it up before reinstalling",
            "la version du serveur n'a pas pu être lue : retrouvez-la avant de réinstaller")
    }
    public func versionWas(_ version: String) -> String {
        pick("the server had version \(version)", "le serveur avait la version \(version)")
    }
    public func systemIsForeign(_ volume: String) -> String {
        pick(
            "the system on \(volume) is not a recorder's: it stays out of this",
            "le système de \(volume) n'est pas celui d'un enregistreur : il n'est pas concerné")
    }
    public func traceOfSystem(_ volume: String) -> String {
        pick(
            "\(volume), beside the recordings, looks like what is left of a system: this may be the system's disk",
            "\(volume), à côté des enregistrements, ressemble au reste d'un système : c'est peut-être le disque système")
    }
    public func arrayIsIncomplete(_ volume: String) -> String {
        pick("the array \(volume) lacks a member", "il manque un membre à la grappe \(volume)")
    }
}
