/// What `--help` says about each command and option.
public enum HelpTopic: Sendable, CaseIterable {
    case program, index, indexBuild, indexLayout, indexList, indexCheck, indexExport, indexMerge, extract, repair
    case json, language, noProgress
    case sources, indexOutput, indexInput, layout, timeZone, jobs, hash
    case camera, from, to, showZone, checkSources, exportFormat, exportOutput, dryRun, mergeInputs
    case extractOutput, nextFolder, protectedOnly, container, join, maxFileSize, subtitles, operatorName, clockOffset
    case repairFiles, repairOutput, reference

    public func text(in language: Language) -> String {
        switch self {
        case .program:
            language.pick(
                "Brings video recordings back when a recorder dies. Never writes to a source.",
                "Retrouve les enregistrements vidéo quand un enregistreur meurt. N'écrit jamais sur une source.")
        case .index:
            language.pick(
                "Rebuild, read and hand on the index of recordings.", "Reconstruire, lire et transmettre l'index des enregistrements.")
        case .indexBuild:
            language.pick("Build an index from the surviving segments.", "Construire un index à partir des segments survivants.")
        case .indexLayout:
            language.pick("Show how the folders and names are understood.", "Montrer comment les dossiers et les noms sont compris.")
        case .indexList: language.pick("List the segments of an index.", "Lister les segments d'un index.")
        case .indexCheck:
            language.pick(
                "Say what is missing or changed since the index was built.",
                "Dire ce qui manque ou a changé depuis la construction de l'index.")
        case .indexExport: language.pick("Write the index as CSV, JSON or SQL.", "Écrire l'index en CSV, JSON ou SQL.")
        case .indexMerge: language.pick("Join the indexes of several servers.", "Réunir les index de plusieurs serveurs.")
        case .extract: language.pick("Take clips out, without re-encoding, for VLC.", "Extraire des clips, sans réencodage, pour VLC.")
        case .repair:
            language.pick(
                "Write what can be played of broken files into new ones.",
                "Écrire ce qui est lisible de fichiers cassés dans de nouveaux fichiers.")
        case .json: language.pick("One JSON document on standard output.", "Un document JSON sur la sortie standard.")
        case .language: language.pick("en or fr (default: that of the system).", "en ou fr (par défaut : celle du système).")
        case .noProgress: language.pick("Say nothing while working.", "Ne rien dire pendant le travail.")
        case .sources:
            language.pick("Folders that hold recordings; one per volume.", "Dossiers contenant les enregistrements ; un par volume.")
        case .indexOutput:
            language.pick("The index file to write, not on a source disk.", "Le fichier d'index à écrire, pas sur un disque source.")
        case .indexInput: language.pick("The index file.", "Le fichier d'index.")
        case .layout:
            language.pick(
                "A path template instead of inference, e.g. {camera}/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext}; repeatable.",
                "Un modèle de chemin au lieu de l'inférence, p. ex. {camera}/{yyyy}-{MM}-{dd}/{HH}.{mm}.{ss}.{ext} ; répétable.")
        case .timeZone:
            language.pick(
                "The zone of local times in names, e.g. Europe/Paris.", "Le fuseau des heures locales dans les noms, p. ex. Europe/Paris.")
        case .jobs: language.pick("Files read at once (default: one per core).", "Fichiers lus à la fois (par défaut : un par cœur).")
        case .hash:
            language.pick(
                "Store the SHA-256 of every segment (reads them whole).", "Enregistrer le SHA-256 de chaque segment (les lit en entier).")
        case .camera: language.pick("Only this camera; repeatable.", "Seulement cette caméra ; répétable.")
        case .from:
            language.pick("From this time, e.g. 2026-03-29T01:59:00+01:00.", "À partir de cette heure, p. ex. 2026-03-29T01:59:00+01:00.")
        case .to: language.pick("Until this time.", "Jusqu'à cette heure.")
        case .showZone:
            language.pick(
                "The zone of times shown and of times given without an offset (default: that of the index).",
                "Le fuseau des heures affichées et des heures données sans décalage (par défaut : celui de l'index).")
        case .checkSources:
            language.pick(
                "Where the volumes are now, in the order of the index.", "Où sont les volumes maintenant, dans l'ordre de l'index.")
        case .exportFormat: language.pick("csv, json, postgresql or mysql.", "csv, json, postgresql ou mysql.")
        case .exportOutput:
            language.pick("The file to write (default: standard output).", "Le fichier à écrire (par défaut : la sortie standard).")
        case .dryRun: language.pick("Show what would be done, and stop.", "Montrer ce qui serait fait, et s'arrêter.")
        case .mergeInputs: language.pick("The indexes to join.", "Les index à réunir.")
        case .extractOutput:
            language.pick("The folder for the clips, not on a source disk.", "Le dossier des clips, pas sur un disque source.")
        case .nextFolder:
            language.pick(
                "Where that folder has another extraction, take the first free one of FOLDER-2, FOLDER-3, …",
                "Si ce dossier contient une autre extraction, prendre le premier libre : DOSSIER-2, DOSSIER-3, …")
        case .protectedOnly: language.pick("Only protected recordings.", "Seulement les enregistrements protégés.")
        case .container:
            language.pick(
                "original (bytes as recorded), mp4, mkv or automatic: original where the whole segment plays as it is.",
                "original (octets tels qu'enregistrés), mp4, mkv ou automatic : original quand le segment entier est lisible tel quel.")
        case .join: language.pick("Join consecutive segments into one clip.", "Réunir les segments consécutifs en un clip.")
        case .maxFileSize: language.pick("No file larger than this: 700M, 4G, fat32.", "Aucun fichier plus grand : 700M, 4G, fat32.")
        case .subtitles:
            language.pick("Write the wall-clock time beside each clip (.srt).", "Écrire l'heure réelle à côté de chaque clip (.srt).")
        case .operatorName: language.pick("Who exports, for the manifest.", "Qui exporte, pour le manifeste.")
        case .clockOffset:
            language.pick(
                "Seconds by which the recorder's clock was ahead, as measured, for the manifest.",
                "Avance de l'horloge de l'enregistreur en secondes, mesurée, pour le manifeste.")
        case .repairFiles: language.pick("The broken files; they are not changed.", "Les fichiers cassés ; ils ne sont pas modifiés.")
        case .repairOutput: language.pick("The folder for the new files.", "Le dossier des nouveaux fichiers.")
        case .reference: language.pick("A healthy file of the same camera.", "Un fichier sain de la même caméra.")
        }
    }
}
