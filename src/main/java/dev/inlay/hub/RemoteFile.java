package dev.inlay.hub;

/**
 * What the hub says of a file.
 *
 * @param name in the repository
 * @param etag its checksum, and the name of its blob
 * @param size in bytes
 */
record RemoteFile(String name, Etag etag, long size) {}
