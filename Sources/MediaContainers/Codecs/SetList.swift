/// Parameter sets by their id, the last of each. A stream has one or two, and every picture names one:
/// a short list is searched faster than a dictionary hashes.
struct SetList<Element> {
    private var ids: [Int] = []
    private var elements: [Element] = []

    var isEmpty: Bool { ids.isEmpty }

    @inline(__always)
    subscript(id: Int) -> Element? {
        for index in ids.indices where ids[index] == id { return elements[index] }
        return nil
    }

    mutating func put(_ element: Element, id: Int) {
        if let index = ids.firstIndex(of: id) {
            elements[index] = element
        } else {
            ids.append(id)
            elements.append(element)
        }
    }
}
