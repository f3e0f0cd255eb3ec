/// Whether the bytes of a frame are a whole picture of the size that its parameter sets state.
enum PictureProof: Equatable {
    case whole
    /// Overwritten, cut, or of another camera.
    case broken
    /// A feature that is not followed.
    case unknown
}
