enum MatroskaFile: ContainerFormat {
    static func recognises(_ head: UnsafeRawBufferPointer, byteCount: UInt64) -> Bool { false }
    static func describe(_ reader: SourceReader) throws(SourceFailure) -> MediaDescription { MediaDescription(container: .mp4) }
    static func samples(_ reader: SourceReader) throws(SourceFailure) -> (any SampleReader)? { nil }
}
