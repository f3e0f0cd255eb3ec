/// The menu.
extension Language {
    public var menuKeys: String {
        pick(
            " Arrows: choose  Enter: go on  Tab: next  Esc: back  F2: shell",
            " Flèches : choisir  Entrée : valider  Tab : suivant  Échap : retour  F2 : shell")
    }
    public var menuMore: String { pick("Arrow down: more", "Flèche bas : la suite") }
    public var menuNeedsTerminal: Complaint {
        Complaint(
            code: "no-terminal", message: pick("The menu needs a terminal.", "Le menu a besoin d'un terminal."),
            hint: pick(
                "Start it on a screen or a serial line, or see what it would offer: camtrace-rescue menu --json",
                "Lancez-le sur un écran ou une ligne série, ou voyez ce qu'il proposerait : camtrace-rescue menu --json"))
    }
    public var menuNeedsNewt: Complaint {
        Complaint(
            code: "no-newt",
            message: pick(
                "The menu's windows need the library newt, which is not here.",
                "Les fenêtres du menu ont besoin de la bibliothèque newt, absente ici."),
            hint: pick(
                "Install libnewt0.52, or type the commands: camtrace-rescue triage",
                "Installez libnewt0.52, ou tapez les commandes : camtrace-rescue triage"))
    }
    public var menuTitle: String { "CamTrace Rescue" }
    public func menuHead(_ version: String, session: String) -> String {
        pick("CamTrace Rescue \(version)   session: \(session)", "CamTrace Rescue \(version)   session : \(session)")
    }
    public var menuLooking: String { pick("Looking at the disks …", "Examen des disques …") }
    public func menuLookingFor(_ seconds: Int) -> String {
        pick(
            "\(seconds) s. Nothing is written. A disk that is failing may take minutes to answer.",
            "\(seconds) s. Rien n'est écrit. Un disque en panne peut mettre des minutes à répondre.")
    }

    // MARK: buttons

    public var buttonOK: String { "OK" }
    public var buttonBack: String { pick("Back", "Retour") }
    public var buttonStart: String { pick("Start", "Lancer") }
    public var buttonNotNow: String { pick("Not now", "Pas maintenant") }
    public var buttonCancel: String { pick("Cancel", "Annuler") }

    // MARK: entries

    public func menuEntry(_ id: String) -> String {
        switch id {
        case "look": pick("Look at the disks", "Examiner les disques")
        case "mount": pick("Mount the recordings, read-only", "Monter les enregistrements, en lecture seule")
        case "destination": pick("Choose where results go", "Choisir où vont les résultats")
        case "index": pick("Rebuild the index", "Reconstruire l'index")
        case "clips": pick("Take clips out, for VLC", "Extraire des clips, pour VLC")
        case "configuration": pick("Configuration: save, check, restore", "Configuration : sauver, vérifier, restaurer")
        case "tools": pick("Lost recordings, failing disks, ledger", "Enregistrements perdus, disques en panne, journal")
        case "stick": pick("The stick, the network", "La clé, le réseau")
        case "shell": pick("A shell", "Un shell")
        case "leave": pick("End", "Terminer")
        default: id
        }
    }

    /// What it does, and what it does not touch.
    public func menuDetail(_ id: String) -> String {
        switch id {
        case "look":
            pick(
                "Shows every disk, what is on it, and the way back, step by step. Nothing is written.",
                "Montre chaque disque, ce qu'il contient, et la marche à suivre. Rien n'est écrit.")
        case "mount":
            pick(
                "Makes the disks read-only, then mounts what holds recordings. Not one byte on them changes, and no log is replayed.",
                "Met les disques en lecture seule, puis monte ce qui contient des enregistrements. Pas un octet n'y change, aucun journal n'y est rejoué."
            )
        case "destination":
            pick(
                "A USB disk, a share, or this stick. Never a disk that holds recordings or a system.",
                "Un disque USB, un partage, ou cette clé. Jamais un disque qui contient des enregistrements ou un système.")
        case "index":
            pick(
                "Reads the recordings that are mounted and writes the index at the destination. The recordings are only read. It can be stopped, and goes on where it was.",
                "Lit les enregistrements montés et écrit l'index à la destination. Les enregistrements sont seulement lus. On peut l'arrêter : il reprend où il en était."
            )
        case "clips":
            pick(
                "Copies what you choose, by camera and time, to the destination, with checksums and playlists. Nothing is re-encoded; the recordings are only read.",
                "Copie ce que vous choisissez, par caméra et par heure, à la destination, avec sommes de contrôle et listes de lecture. Rien n'est réencodé ; les enregistrements sont seulement lus."
            )
        case "configuration":
            pick(
                "Saves a server's configuration, says whether it can be migrated, and restores it, but never before the data disks are mounted.",
                "Sauve la configuration d'un serveur, dit s'il peut être migré, et la restaure, mais jamais avant que les disques de données soient montés."
            )
        case "tools":
            pick(
                "For a formatted disk, a disk that fails, and the account of what was done.",
                "Pour un disque formaté, un disque en panne, et le compte rendu de ce qui a été fait.")
        case "stick":
            pick(
                "Room for results on the stick, network, access from another computer, verification.",
                "Place pour les résultats sur la clé, réseau, accès depuis un autre ordinateur, vérification.")
        case "shell":
            pick("All commands, also on F2. 'exit' comes back here.", "Toutes les commandes, aussi par F2. « exit » revient ici.")
        case "leave":
            pick(
                "Unmounts everything first, so that disks can be unplugged.",
                "Démonte d'abord tout, pour que les disques puissent être débranchés.")
        default: ""
        }
    }

    public func menuWaiting(_ id: String) -> String {
        switch id {
        case "nothing-to-mount":
            pick(
                "Not now: no disk that holds recordings was found.",
                "Pas maintenant : aucun disque avec des enregistrements n'a été trouvé.")
        case "nothing-mounted":
            pick("Not yet: mount the recordings first.", "Pas encore : montez d'abord les enregistrements.")
        case "no-destination":
            pick("Not yet: choose first where results go.", "Pas encore : choisissez d'abord où vont les résultats.")
        case "no-index": pick("Not yet: rebuild the index first.", "Pas encore : reconstruisez d'abord l'index.")
        case "no-stick": pick("Not here: this is not the stick.", "Pas ici : ce n'est pas la clé.")
        default: id
        }
    }
    public func menuState(_ id: String) -> String {
        switch id {
        case "done": pick("done", "fait")
        case "next": pick("next", "à faire")
        case "incomplete": pick("incomplete", "incomplet")
        case "waiting": pick("not yet", "pas encore")
        default: ""
        }
    }
    public func menuHidden(_ volumes: [String]) -> String {
        let names = volumes.joined(separator: ", ")
        return pick(
            "The log of \(names) is not replayed: recordings may be missing. Replay it under Mount.",
            "Le journal de \(names) n'est pas rejoué : des enregistrements peuvent manquer. Rejouez-le sous Monter.")
    }
    public func menuIndexed(_ segments: Int) -> String {
        "\(count(segments)) " + (segments == 1 ? "segment" : pick("segments", "segments"))
    }

    // MARK: results

    public func menuEnding(_ status: Int) -> String {
        switch status {
        case 0: pick("Done", "Terminé")
        case 3: pick("Done, with losses", "Terminé, avec des pertes")
        case 4: pick("Refused", "Refusé")
        case 130: pick("Stopped; it goes on from there", "Arrêté ; la suite reprendra là")
        default: pick("Not done", "Non fait")
        }
    }
    public var menuStopHint: String {
        pick("Esc stops it. What is done is kept.", "Échap l'arrête. Ce qui est fait est gardé.")
    }
    public func menuRunning(_ command: String) -> String { pick("The command: \(command)", "La commande : \(command)") }

    // MARK: mounting

    public var menuMountAll: String {
        pick(
            "Everything that holds recordings or a system, read-only",
            "Tout ce qui contient des enregistrements ou un système, en lecture seule")
    }
    public func menuReplay(_ volume: String) -> String {
        pick(
            "\(volume): with its log replayed, beside the disk",
            "\(volume) : avec son journal rejoué, à côté du disque")
    }
    public func menuReplayAsk(_ volumes: [String]) -> String {
        pick(
            "Not unmounted cleanly: \(volumes.joined(separator: ", ")).\nWhat was recorded last may be missing in what is mounted now. It shows when the log is replayed beside the disk, in memory; the disk stays as it is.",
            "Pas démonté proprement : \(volumes.joined(separator: ", ")).\nLes derniers enregistrements peuvent manquer dans ce qui est monté. Ils apparaissent quand le journal est rejoué à côté du disque, en mémoire ; le disque reste tel quel."
        )
    }
    public var menuReplayDetail: String {
        pick(
            "This volume was not unmounted cleanly. Its log is replayed into memory, so that the last recordings show; the disk stays as it is.",
            "Ce volume n'a pas été démonté proprement. Son journal est rejoué en mémoire, pour que les derniers enregistrements apparaissent ; le disque reste tel quel."
        )
    }
    public var menuUnmountAll: String {
        pick(
            "Unmount everything",
            "Tout démonter")
    }

    // MARK: where results go

    public var menuDestinationWords: String {
        pick(
            "Index, clips and copies go there. A disk with recordings or a system on it cannot be taken.",
            "L'index, les clips et les copies y vont. Un disque qui contient des enregistrements ou un système ne peut pas être choisi.")
    }
    public var menuDiskDetail: String {
        pick(
            "A disk that was plugged in. It is made writable and mounted; what is on it stays.",
            "Un disque branché. Il est rendu inscriptible et monté ; ce qui est dessus reste.")
    }
    public var menuStickAsDestination: String {
        pick(
            "The rest of the rescue stick (exFAT, which Windows reads)",
            "Le reste de la clé de secours (exFAT, lisible par Windows)")
    }
    public var menuStickDetail: String {
        pick(
            "For small clips. A USB disk is faster, and larger.",
            "Pour de petits clips. Un disque USB est plus rapide, et plus grand.")
    }
    public var menuShare: String {
        pick(
            "A share on the network (SMB or NFS)",
            "Un partage du réseau (SMB ou NFS)")
    }
    public var menuShareDetail: String {
        pick(
            "Starts the network, which is off until then.",
            "Démarre le réseau, éteint jusque-là.")
    }
    public func menuWritesOut(_ name: String) -> String {
        pick(
            "What is still in memory is written to \(name). To a slow disk this takes minutes.",
            "Ce qui est encore en mémoire est écrit sur \(name). Sur un disque lent, cela prend des minutes.")
    }
    public var menuShareWords: String {
        pick(
            "//server/share for SMB (Windows), server:/path for NFS. Without a user: as a guest.",
            "//serveur/partage pour SMB (Windows), serveur:/chemin pour NFS. Sans utilisateur : comme invité.")
    }
    public var menuAddress: String {
        pick(
            "Address",
            "Adresse")
    }
    public var menuUser: String {
        pick(
            "User",
            "Utilisateur")
    }
    public var menuPassword: String {
        pick(
            "Password",
            "Mot de passe")
    }
    public var menuFolder: String {
        pick(
            "A folder that you name",
            "Un dossier que vous nommez")
    }
    public var menuFolderDetail: String {
        pick(
            "For what you mounted yourself in the shell.",
            "Pour ce que vous avez monté vous-même dans le shell.")
    }
    public var menuFolderWords: String {
        pick(
            "The whole path of a folder that is there.",
            "Le chemin complet d'un dossier existant.")
    }
    public var menuPath: String {
        pick(
            "Path",
            "Chemin")
    }
    public func menuNoFolder(_ path: String) -> String {
        pick(
            "There is no folder \(path).",
            "Il n'y a pas de dossier \(path).")
    }
    public func menuInMemory(_ path: String) -> String {
        pick(
            "\(path) lies in this machine's memory: what is written there is lost when the power goes. Choose a disk, a share or the stick.",
            "\(path) est dans la mémoire de la machine : ce qu'on y écrit se perd à l'extinction. Choisissez un disque, un partage ou la clé."
        )
    }
    public func menuFree(_ size: String) -> String {
        pick(
            "\(size) free",
            "\(size) libres")
    }
    public func menuWillWrite(_ disk: String) -> String {
        pick(
            "Results will be written to \(disk). What is on it stays.",
            "Les résultats seront écrits sur \(disk). Ce qui est dessus reste.")
    }
    public var menuUnseen: String {
        pick(
            "Its content cannot be looked at here before it is mounted. If it may be a recorder's disk, stop. To confirm that it is yours, type its serial number:",
            "Son contenu ne peut pas être examiné ici avant le montage. Si c'est peut-être le disque d'un enregistreur, arrêtez. Pour confirmer que c'est le vôtre, tapez son numéro de série :"
        )
    }
    public func menuAnotherDisk(_ expected: String, _ found: String) -> String {
        pick(
            "Nothing was mounted: it is another volume now. Expected \(expected), found \(found).",
            "Rien n'a été monté : c'est un autre volume à présent. Attendu \(expected), trouvé \(found).")
    }
    public func menuNotMounted(_ disk: String) -> String {
        pick(
            "\(disk) could not be mounted:",
            "\(disk) n'a pas pu être monté :")
    }
    public func menuTakesNoWrites(_ disk: String, isHibernated: Bool) -> String {
        pick(
            "\(disk) can only be read: nothing can be saved on it.",
            "\(disk) ne peut être que lu : rien ne peut y être enregistré.") + "\n"
            + (isHibernated
                ? pick(
                    "Windows was not shut down completely. Plug it into Windows, turn off fast startup, shut down, and come back; or take another disk.",
                    "Windows n'a pas été arrêté complètement. Branchez-le sous Windows, désactivez le démarrage rapide, arrêtez, et revenez ; ou prenez un autre disque."
                )
                : pick(
                    "Look for a write-protect switch on it, or take another one.",
                    "Cherchez un interrupteur de protection en écriture, ou prenez-en un autre."))
    }
    public func menuObstacle(_ id: String) -> String {
        switch id {
        case "source":
            pick(
                "Not this one: its disk holds recordings, a system, or something that may be either.",
                "Pas celui-ci : son disque contient des enregistrements, un système, ou peut-être l'un des deux.")
        case "internal":
            pick(
                "Not this one: its disk is built into the machine. Results go to a disk that you brought.",
                "Pas celui-ci : son disque fait partie de la machine. Les résultats vont sur un disque que vous avez apporté.")
        default:
            pick(
                "Not this one: its file system cannot be written here. Use exFAT, NTFS, FAT32 or ext4.",
                "Pas celui-ci : son système de fichiers ne peut pas être écrit ici. Prenez exFAT, NTFS, FAT32 ou ext4.")
        }
    }

    // MARK: index and clips

    public func menuIndexWords(_ places: [String], _ index: String) -> String {
        pick("Reads:", "Lit :") + "\n" + places.map { "  " + $0 }.joined(separator: "\n") + "\n" + pick("Writes:", "Écrit :") + "\n  "
            + index
            + "\n"
            + pick(
                "Times in names are in the time of the recorder's place:",
                "Les heures dans les noms sont à l'heure du lieu de l'enregistreur :")
    }
    public func menuIndexOfOthers(_ index: String, _ disks: [String]) -> String {
        pick(
            "\(index) describes recordings of disks that are not mounted now: \(disks.joined(separator: ", ")).",
            "\(index) décrit les enregistrements de disques qui ne sont pas montés : \(disks.joined(separator: ", ")).")
    }
    public func menuIndexBeside(_ name: String) -> String {
        pick("Keep it, and write \(name)", "Le garder, et écrire \(name)")
    }
    public var menuIndexBesideDetail: String {
        pick("Nothing is lost: each recorder has its own index.", "Rien n'est perdu : chaque enregistreur a son index.")
    }
    public func menuIndexReplace(_ name: String) -> String { pick("Write \(name) anew", "Réécrire \(name)") }
    public var menuIndexReplaceDetail: String {
        pick(
            "The index will hold only what is mounted now. Recordings and clips stay as they are.",
            "L'index ne contiendra que ce qui est monté maintenant. Les enregistrements et les clips restent tels quels.")
    }
    public var menuWhichIndex: String { pick("Of which index?", "De quel index ?") }
    public var menuNothingMounted: String {
        pick(
            "No recordings are mounted by this session (any more): was the stick or a disk pulled out? Mount the recordings first.",
            "Aucun enregistrement n'est monté par cette session (ou ne l'est plus) : la clé ou un disque a-t-il été retiré ? Montez d'abord les enregistrements."
        )
    }
    public var menuTimeZone: String {
        pick(
            "Time zone",
            "Fuseau horaire")
    }
    public var menuNoCameras: String {
        pick(
            "The index names no camera. Type: camtrace-rescue extract --help",
            "L'index ne nomme aucune caméra. Tapez : camtrace-rescue extract --help")
    }
    public var menuTickCameras: String {
        pick(
            "The space bar ticks and unticks.",
            "La barre d'espace coche et décoche.")
    }
    public func menuPeriod(_ zone: String) -> String {
        pick(
            "From when to when, in local time (\(zone)), as 2026-11-20 08:59. Unchanged: everything.",
            "De quand à quand, en heure locale (\(zone)), comme 20/11/2026 08:59. Inchangé : tout.")
    }
    public var menuFrom: String {
        pick(
            "From",
            "De")
    }
    public var menuTo: String {
        pick(
            "To",
            "À")
    }
    public var menuOperator: String {
        pick(
            "Your name, for the record (may stay empty)",
            "Votre nom, pour le procès-verbal (facultatif)")
    }
    public var menuEachFile: String {
        pick(
            "One clip for each recording, with the time shown",
            "Un clip par enregistrement, avec l'heure affichée")
    }
    public var menuEachFileDetail: String {
        pick(
            "Cut to the time you gave; broken ones repaired; the time of day as subtitles, which VLC shows.",
            "Coupés à l'heure donnée ; les cassés réparés ; l'heure du jour en sous-titres, que VLC affiche.")
    }
    public var menuJoined: String {
        pick(
            "One clip for each camera and run, with the time shown",
            "Un clip par caméra et par suite, avec l'heure affichée")
    }
    public var menuJoinedDetail: String {
        pick(
            "Recordings that follow one another become one file.",
            "Les enregistrements qui se suivent deviennent un seul fichier.")
    }
    public var menuOriginals: String {
        pick(
            "The files as they were recorded, byte for byte",
            "Les fichiers tels qu'enregistrés, octet pour octet")
    }
    public var menuOriginalsDetail: String {
        pick(
            "What the police asks for as evidence: nothing is changed, checksums beside.",
            "Ce que la police demande comme preuve : rien n'est changé, sommes de contrôle à côté.")
    }
    public func menuAfterClips(_ destination: String) -> String {
        pick(
            "They are on \(destination), in the folder camtrace-rescue. Open playlist.m3u8 with VLC. End in the menu before you unplug the disk.",
            "Ils sont sur \(destination), dossier camtrace-rescue. Ouvrez playlist.m3u8 avec VLC. Passez par Terminer avant de débrancher le disque."
        )
    }
    public var menuNoneTicked: String {
        pick("No camera is ticked. The space bar ticks one.", "Aucune caméra n'est cochée. La barre d'espace en coche une.")
    }
    public func menuNoTime(_ text: String) -> String {
        pick(
            "\"\(text)\" is no time. Write 2026-11-20 08:59, or 2026-11-20 08:59:30.",
            "« \(text) » n'est pas une heure. Écrivez 20/11/2026 08:59, ou 20/11/2026 08:59:30.")
    }
}
