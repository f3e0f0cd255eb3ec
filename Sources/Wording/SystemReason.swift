/// The commonest answers of the kernel, by their Linux error numbers.
extension Language {
    public func systemReason(_ errno: Int32) -> String? {
        switch errno {
        case 2: pick("no such file or folder", "fichier ou dossier inexistant")
        case 5: pick("the disk answers with an error", "le disque répond par une erreur")
        case 13: pick("permission denied", "permission refusée")
        case 1: pick("not permitted; become root (sudo)", "non autorisé ; devenez root (sudo)")
        case 16: pick("somebody still works in it", "quelqu'un y travaille encore")
        case 17: pick("it exists already", "il existe déjà")
        case 19: pick("the kernel has no driver for it", "le noyau n'a pas de pilote pour cela")
        case 20: pick("not a folder", "ce n'est pas un dossier")
        case 21: pick("it is a folder", "c'est un dossier")
        case 28: pick("no space left", "plus de place")
        case 30: pick("the file system is read-only", "le système de fichiers est en lecture seule")
        case 32: pick("the reader went away", "le lecteur s'est arrêté")
        case 36: pick("the name is too long", "le nom est trop long")
        case 40: pick("too many links", "trop de liens")
        default: nil
        }
    }
}
