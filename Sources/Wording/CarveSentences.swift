/// What `carve --help` says.
public enum CarveHelp: Sendable, CaseIterable {
    case carve, source, output, map, from, length, unallocated, index, timeZone, dryRun

    public func text(in language: Language) -> String {
        switch self {
        case .carve:
            language.pick(
                "Take recordings from a disk, a partition or an image whose file system is gone.",
                "Retrouver les enregistrements d'un disque, d'une partition ou d'une image dont le système de fichiers a disparu.")
        case .source:
            language.pick(
                "The disk, partition, image or partition of an image (disk.img#2); it is only read.",
                "Le disque, la partition, l'image ou la partition d'une image (disque.img#2) ; seulement lu.")
        case .output:
            language.pick(
                "The folder for what is found, never on that disk.", "Le dossier pour ce qui est retrouvé, jamais sur ce disque.")
        case .map:
            language.pick(
                "The map of progress, in GNU ddrescue's format (default: carve.map in the folder); or the map that ddrescue wrote with the image.",
                "La carte d'avancement, au format de GNU ddrescue (par défaut : carve.map dans le dossier) ; ou la carte que ddrescue a écrite avec l'image."
            )
        case .from: language.pick("Begin at this byte; nothing before it is read.", "Commencer à cet octet ; rien n'est lu avant.")
        case .length: language.pick("Read so many bytes: 700M, 4G.", "Lire tant d'octets : 700M, 4G.")
        case .unallocated:
            language.pick(
                "Only the free blocks of an ext4 or XFS file system.", "Seulement les blocs libres d'un système de fichiers ext4 ou XFS.")
        case .index:
            language.pick(
                "The index of what is found (default: index.ctrx in the folder).",
                "L'index de ce qui est retrouvé (par défaut : index.ctrx dans le dossier).")
        case .timeZone:
            language.pick(
                "The zone in which the index shows times, e.g. Europe/Paris.",
                "Le fuseau dans lequel l'index montre les heures, p. ex. Europe/Paris.")
        case .dryRun: language.pick("Show what would be found, and write nothing.", "Montrer ce qui serait retrouvé, sans rien écrire.")
        }
    }
}

/// What went wrong with a disk.
extension Language {
    public func sourceEmpty(_ path: String) -> Complaint {
        Complaint(
            code: "source-empty",
            message: pick("The source \(path) has a size of 0 bytes.", "La source \(path) a une taille de 0 octet."),
            hint: pick(
                "Is it the right file or device? A disk that reports no size is not ready or has failed.",
                "Est-ce le bon fichier ou périphérique ? Un disque qui n'annonce aucune taille n'est pas prêt ou est en panne."))
    }

    public func notADisk(_ path: String) -> Complaint {
        Complaint(
            code: "not-a-disk",
            message: pick("\(path) is neither a disk nor an image of one.", "\(path) n'est ni un disque ni une image de disque."),
            hint: pick(
                "Give a disk (/dev/sdb), a partition or an image file. For a folder of recordings: camtrace-rescue index build FOLDER --index FILE",
                "Donnez un disque (/dev/sdb), une partition ou un fichier image. Pour un dossier d'enregistrements : camtrace-rescue index build DOSSIER --index FICHIER"
            ))
    }

    public func outsideSource(_ path: String, size bytes: UInt64) -> Complaint {
        usage(
            pick(
                "--from lies behind the end of \(path), which has \(bytes) bytes.",
                "--from se trouve après la fin de \(path), qui a \(bytes) octets."))
    }

    public func sourceGone(_ path: String, offset: UInt64, reason: String) -> Complaint {
        Complaint(
            code: "source-gone",
            message: pick(
                "The source \(path) does not answer any more at byte \(offset): \(reason).",
                "La source \(path) ne répond plus à l'octet \(offset) : \(reason)."),
            hint: pick(
                "What was found is kept. Check cable and power, or image the disk with ddrescue; the same command goes on from there.",
                "Ce qui a été retrouvé est conservé. Vérifiez câble et alimentation, ou copiez le disque avec ddrescue ; la même commande reprendra."
            ))
    }

    public func notAMap(_ path: String, line: Int) -> Complaint {
        Complaint(
            code: "not-a-map",
            message: pick(
                "\(path) is not a map file of GNU ddrescue: line \(line) is wrong.",
                "\(path) n'est pas une carte de GNU ddrescue : la ligne \(line) est fausse."),
            hint: pick(
                "Give another name with --map; that file was not changed.",
                "Donnez un autre nom avec --map ; ce fichier n'a pas été modifié."))
    }

    public func mapOfAnother(_ path: String) -> Complaint {
        Complaint(
            code: "map-of-another-disk",
            message: pick(
                "The map \(path) is of another disk, or of a run with other options: size or content differ.",
                "La carte \(path) est celle d'un autre disque, ou d'une exécution avec d'autres options : taille ou contenu diffèrent."),
            hint: pick(
                "Check the device name, or give another map with --map. Nothing was changed.",
                "Vérifiez le nom du périphérique, ou donnez une autre carte avec --map. Rien n'a été modifié."))
    }

    /// `feature`: of the file system; empty where it is another one.
    public func freeSpaceUnknown(_ path: String, feature: String) -> Complaint {
        let reason =
            feature.isEmpty
            ? pick("it does not begin with an ext4 or XFS file system", "aucun système de fichiers ext4 ou XFS n'y commence")
            : pick("its file system uses \(feature)", "son système de fichiers utilise \(feature)")
        return Complaint(
            code: "free-space-unknown",
            message: pick(
                "The free blocks of \(path) cannot be told: \(reason).",
                "Les blocs libres de \(path) ne peuvent pas être déterminés : \(reason)."),
            hint: pick(
                "Leave --unallocated out: the whole disk is then searched.", "Omettez --unallocated : tout le disque sera alors parcouru."))
    }

    /// A whole disk was named, whose partitions have the free blocks.
    public func freeSpaceOfParts(_ path: String, _ parts: [(path: String, type: String?, byteCount: UInt64, offset: UInt64)]) -> Complaint {
        let list = parts.map { part in
            let type = part.type ?? pick("no file system", "sans système de fichiers")
            return pick(
                "\(part.path) (\(type), \(size(part.byteCount)), from byte \(part.offset))",
                "\(part.path) (\(type), \(size(part.byteCount)), à partir de l'octet \(part.offset))")
        }.joined(separator: ", ")
        return Complaint(
            code: "free-space-unknown",
            message: pick(
                "\(path) is partitioned: free blocks are those of a file system, in one of its partitions.",
                "\(path) est partitionné : les blocs libres sont ceux d'un système de fichiers, dans une de ses partitions."),
            hint: pick(
                "Name the partition instead of the disk: \(list). Or leave --unallocated out: the whole disk is then searched.",
                "Nommez la partition au lieu du disque : \(list). Ou omettez --unallocated : tout le disque sera alors parcouru."))
    }

    public func destinationOfAnother(_ path: String) -> Complaint {
        Complaint(
            code: "destination-of-another-disk",
            message: pick(
                "The folder \(path) holds what was found on another disk, or with other options.",
                "Le dossier \(path) contient ce qui a été retrouvé sur un autre disque, ou avec d'autres options."),
            hint: pick("Choose another folder with --output.", "Choisissez un autre dossier avec --output."))
    }
}

/// What was found.
extension Language {
    public var carving: String { pick("Searching", "Recherche") }
    public var offset: String { pick("AT BYTE", "OCTET") }
    public var kindOfFile: String { pick("KIND", "TYPE") }

    public func foundOnDisk(_ count: Int, bytes: UInt64, of total: UInt64) -> String {
        pick(
            "Found \(plural(count, "recording", "recordings")), \(size(bytes)) of \(size(total)).",
            "\(plural(count, "enregistrement retrouvé", "enregistrements retrouvés")), \(size(bytes)) sur \(size(total)).")
    }

    public var nothingFound: String { pick("No recording was found.", "Aucun enregistrement n'a été retrouvé.") }

    public var nothingButZeroes: String {
        pick(
            "What was read holds nothing but zeroes: it was wiped, or never written.",
            "Ce qui a été lu ne contient que des zéros : effacé, ou jamais écrit.")
    }

    public func cannotBeReadOnDisk(_ bytes: UInt64) -> String {
        pick(
            "\(size(bytes)) of the disk could not be read; the map lists where.",
            "\(size(bytes)) du disque n'ont pas pu être lus ; la carte indique où.")
    }

    public func neverRescued(_ bytes: UInt64) -> String {
        pick(
            "\(size(bytes)) were skipped, because ddrescue's map says that they were not rescued.",
            "\(size(bytes)) ont été sautés, car la carte de ddrescue indique qu'ils n'ont pas été sauvés.")
    }

    public func diskEndsEarly(at offset: UInt64, size bytes: UInt64) -> String {
        pick(
            "The disk ends at byte \(offset), although it says that it has \(bytes).",
            "Le disque se termine à l'octet \(offset), alors qu'il en annonce \(bytes).")
    }

    public var nothingWritten: String { pick("Nothing was written.", "Rien n'a été écrit.") }

    public func goOnWithIndex(_ index: String) -> String {
        pick(
            "Clips for players: camtrace-rescue extract --index \(index) --output DIR",
            "Clips pour un lecteur vidéo : camtrace-rescue extract --index \(index) --output DOSSIER")
    }
}
