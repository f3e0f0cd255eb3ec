/// What went wrong, and what to do next. One sentence each.
public struct Complaint: Sendable, Equatable {
    /// Stable, for scripts: `source-missing`.
    public var code: String
    public var message: String
    public var hint: String
}

extension Language {
    public func sourceMissing(_ path: String, reason: String) -> Complaint {
        Complaint(
            code: "source-missing",
            message: pick("The source \(path) cannot be opened: \(reason).", "La source \(path) ne peut pas être ouverte : \(reason)."),
            hint: pick(
                "Check the path and that its disk is mounted; `ls \(path)` must show the recordings.",
                "Vérifiez le chemin et que son disque est monté ; `ls \(path)` doit montrer les enregistrements."))
    }

    public func nothingToIndex(_ paths: [String], filesSeen: Int, unreadableFolders: Int) -> Complaint {
        let places = paths.joined(separator: ", ")
        let seen = pick(
            "\(plural(filesSeen, "file", "files")) seen"
                + (unreadableFolders > 0 ? ", \(plural(unreadableFolders, "folder", "folders")) unreadable" : ""),
            "\(plural(filesSeen, "fichier vu", "fichiers vus"))"
                + (unreadableFolders > 0 ? ", \(plural(unreadableFolders, "dossier illisible", "dossiers illisibles"))" : ""))
        return Complaint(
            code: "no-recordings",
            message: pick("No recording was found in \(places) (\(seen)).", "Aucun enregistrement trouvé dans \(places) (\(seen))."),
            hint: pick(
                "Is the right disk mounted there, and are you allowed to read it? Nothing was written; an index that existed was kept.",
                "Le bon disque y est-il monté, et avez-vous le droit de le lire ? Rien n'a été écrit ; un index existant a été conservé."))
    }

    public func indexMissing(_ path: String) -> Complaint {
        Complaint(
            code: "index-missing",
            message: pick("There is no index at \(path).", "Il n'y a pas d'index à l'emplacement \(path)."),
            hint: pick(
                "Build one: camtrace-rescue index build FOLDER --index \(path)",
                "Construisez-le : camtrace-rescue index build DOSSIER --index \(path)"))
    }

    public func notAnIndex(_ path: String) -> Complaint {
        Complaint(
            code: "not-an-index",
            message: pick("\(path) is not an index of camtrace-rescue.", "\(path) n'est pas un index de camtrace-rescue."),
            hint: pick("Give the file that `index build` wrote.", "Donnez le fichier écrit par `index build`."))
    }

    public func indexDamaged(_ path: String, detail: String) -> Complaint {
        Complaint(
            code: "index-damaged",
            message: pick("The index \(path) is damaged: \(detail).", "L'index \(path) est endommagé : SQLite dit \(quoted(detail))."),
            hint: pick(
                "Build it again from the recordings; they were not touched.",
                "Reconstruisez-le à partir des enregistrements ; ils n'ont pas été touchés."))
    }

    public func indexTooNew(_ path: String) -> Complaint {
        Complaint(
            code: "index-too-new",
            message: pick("The index \(path) was written by a newer version.", "L'index \(path) a été écrit par une version plus récente."),
            hint: pick("Use that version, or build the index again.", "Utilisez cette version, ou reconstruisez l'index."))
    }

    /// Of each volume: how many files are wanted, where it was, and the command that mounts it there again.
    public func volumesGone(_ volumes: [(files: Int, place: String, command: String?)]) -> Complaint {
        let places = volumes.map { "\($0.place) (\(plural($0.files, pick("file", "fichier"), pick("files", "fichiers"))))" }.joined(
            separator: ", ")
        let commands = volumes.compactMap(\.command)
        return Complaint(
            code: "volume-not-mounted",
            message: pick(
                "The disk of what was asked for is not mounted: nothing is at \(places). Nothing was written.",
                "Le disque de ce qui est demandé n'est pas monté : rien à l'emplacement \(places). Rien n'a été écrit."),
            hint: commands.count == volumes.count
                ? pick("Mount it, then give the same command: ", "Montez-le, puis redonnez la même commande : ")
                    + commands.joined(separator: " && ")
                : pick(
                    "Plug the disk in and mount it at that place, then give the same command.",
                    "Branchez le disque et montez-le à cet endroit, puis redonnez la même commande."))
    }

    public func noSuchCamera(_ key: String, known: [String]) -> Complaint {
        let list = known.prefix(12).joined(separator: ", ") + (known.count > 12 ? ", …" : "")
        return Complaint(
            code: "no-such-camera",
            message: pick("The index has no camera named \(key).", "L'index n'a pas de caméra nommée \(key)."),
            hint: pick("It has: \(list)", "Il contient : \(list)"))
    }

    public func destinationInsideSource(_ path: String, source: String) -> Complaint {
        Complaint(
            code: "destination-inside-source",
            message: pick(
                "\(path) lies inside the source \(source), which is never written to.",
                "\(path) se trouve dans la source \(source), où l'on n'écrit jamais."),
            hint: pick(
                "Choose a place on another disk, for example a USB disk.",
                "Choisissez un emplacement sur un autre disque, par exemple un disque USB."))
    }

    public func destinationOnSourceDisk(_ path: String, source: String, mountPoint: String) -> Complaint {
        Complaint(
            code: "destination-on-source-disk",
            message: pick(
                "\(path) lies on the disk of the source \(source) (mounted on \(mountPoint)): writing there could destroy recordings.",
                "\(path) se trouve sur le disque de la source \(source) (monté sur \(mountPoint)) : y écrire pourrait détruire des enregistrements."
            ),
            hint: pick(
                "Choose a place on another disk, for example a USB disk.",
                "Choisissez un emplacement sur un autre disque, par exemple un disque USB."))
    }

    public func destinationFailed(_ path: String, reason: String, isFull: Bool) -> Complaint {
        isFull
            ? Complaint(
                code: "destination-full",
                message: pick("The destination \(path) is full: \(reason).", "La destination \(path) est pleine : \(reason)."),
                hint: pick(
                    "Free some room or choose another disk, then give the same command: it goes on from there.",
                    "Libérez de la place ou choisissez un autre disque, puis redonnez la même commande : elle reprendra."))
            : Complaint(
                code: "destination-failed",
                message: pick(
                    "The destination \(path) cannot be written: \(reason).", "La destination \(path) ne peut pas être écrite : \(reason)."),
                hint: pick(
                    "Check that its folder exists and is writable, or choose another disk.",
                    "Vérifiez que son dossier existe et accepte l'écriture, ou choisissez un autre disque."))
    }

    public func destinationIsNoIndex(_ path: String) -> Complaint {
        Complaint(
            code: "destination-is-something-else",
            message: pick(
                "\(path) exists and is not an index: it will not be replaced.",
                "\(path) existe et n'est pas un index : il ne sera pas remplacé."),
            hint: pick("Give another name with --index.", "Donnez un autre nom avec --index."))
    }

    public func destinationExists(_ path: String) -> Complaint {
        Complaint(
            code: "destination-exists",
            message: pick("\(path) exists already and will not be replaced.", "\(path) existe déjà et ne sera pas remplacé."),
            hint: pick("Give another name, or move that file away yourself.", "Donnez un autre nom, ou déplacez vous-même ce fichier."))
    }

    public func destinationBusy(_ path: String) -> Complaint {
        Complaint(
            code: "destination-busy",
            message: pick("Another run is writing \(path).", "Une autre exécution est en train d'écrire \(path)."),
            hint: pick("Wait for it to end, or give another name.", "Attendez qu'elle se termine, ou donnez un autre nom."))
    }

    public func interrupted() -> Complaint {
        Complaint(
            code: "interrupted",
            message: pick("Interrupted; what was finished is kept.", "Interrompu ; ce qui était terminé est conservé."),
            hint: pick(
                "Give the same command again: it goes on from there.", "Redonnez la même commande : elle reprendra où elle en était."))
    }

    public func unexpected(_ detail: String) -> Complaint {
        Complaint(
            code: "unexpected",
            message: pick("Something unexpected failed: \(detail).", "Une erreur inattendue s'est produite : \(detail)."),
            hint: pick(
                "Nothing half-written was left under a final name. Please report this sentence with the command you gave.",
                "Rien d'inachevé n'a été laissé sous un nom définitif. Merci de signaler cette phrase avec la commande donnée."))
    }

    public func usage(_ message: String) -> Complaint {
        Complaint(
            code: "usage", message: message,
            hint: pick("Add --help to see what the command understands.", "Ajoutez --help pour voir ce que la commande comprend."))
    }

    public func badTime(_ text: String) -> Complaint {
        usage(
            pick(
                "\(text) is not a time; write 2026-03-29T01:59:00 or 2026-03-29T01:59:00+01:00.",
                "\(text) n'est pas une heure ; écrivez 2026-03-29T01:59:00 ou 2026-03-29T01:59:00+01:00."))
    }

    public func badZone(_ text: String) -> Complaint {
        usage(
            pick(
                "\(text) is not a time zone; write Europe/Paris, UTC or +01:00.",
                "\(text) n'est pas un fuseau horaire ; écrivez Europe/Paris, UTC ou +01:00."))
    }

    public func badTemplate(_ text: String, position: Int, expected: String) -> Complaint {
        usage(
            pick(
                "The template \(text) is wrong at character \(position + 1): expected \(expected).",
                "Le modèle \(text) est faux au caractère \(position + 1) : \(expected) attendu."))
    }

    public func badSize(_ text: String) -> Complaint {
        usage(
            pick(
                "\(text) is not a size; write 700M or 4G, or for files fat32.",
                "\(text) n'est pas une taille ; écrivez 700M ou 4G, ou pour des fichiers fat32."))
    }

    public func fromAfterTo() -> Complaint {
        usage(pick("--from lies after --to.", "--from est postérieur à --to."))
    }

    public func nothingSelected() -> Complaint {
        Complaint(
            code: "nothing-selected",
            message: pick(
                "The index holds no footage for that camera and time.",
                "L'index ne contient aucune séquence pour cette caméra et cette période."),
            hint: pick(
                "See what there is: camtrace-rescue index list --index FILE",
                "Voyez ce qu'il contient : camtrace-rescue index list --index FICHIER"))
    }

    /// `reason`: see `repairReason`.
    public func nothingToRepair(_ path: String, _ reason: String) -> Complaint {
        let hint =
            switch reason {
            case "not-a-file":
                pick(
                    "For a folder of recordings: camtrace-rescue index build. For a disk or its image: camtrace-rescue carve.",
                    "Pour un dossier d'enregistrements : camtrace-rescue index build. Pour un disque ou son image : camtrace-rescue carve.")
            case "empty", "only-zeroes":
                pick(
                    "The disk never wrote the recording there, or lost it. Parts of it may lie elsewhere on that disk: camtrace-rescue carve finds them.",
                    "Le disque n'y a jamais écrit l'enregistrement, ou l'a perdu. Il en reste peut-être ailleurs sur ce disque : camtrace-rescue carve les retrouve."
                )
            default: pick("Is it the right file? It was not changed.", "Est-ce le bon fichier ? Il n'a pas été modifié.")
            }
        return Complaint(
            code: reason, message: pick("Nothing to repair: \(path), ", "Rien à réparer : \(path), ") + repairReason(reason) + ".",
            hint: hint)
    }

    public func cannotLend(_ path: String) -> Complaint {
        Complaint(
            code: "reference-unusable",
            message: pick(
                "The reference \(path) holds no video from which anything could be taken.",
                "La référence \(path) ne contient aucune vidéo dont on puisse prendre quelque chose."),
            hint: pick(
                "Give a healthy recording of the same camera, or leave --reference out: one is then searched beside the file.",
                "Donnez un enregistrement sain de la même caméra, ou omettez --reference : un tel fichier sera alors cherché à côté."))
    }
}
