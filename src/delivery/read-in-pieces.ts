/**
 * Has a socket give what has arrived in small pieces, and asks before each whether there is to be another. undici parses
 * all of a piece before anyone can stop it: 64 KiB of tiny headers would take half a second, and nothing else would run.
 */
import type { Socket } from 'node:net';

const pieceBytesMax = 4 * 1024;

/** `onRead` is called before each piece with how much the last one had, and may destroy the socket. */
export function readInPieces(socket: Socket, onRead: (bytes: number) => void): void {
  const read = socket.read.bind(socket);
  let lastBytes = 0;
  socket.read = (size?: number): Buffer | null => {
    if (size !== undefined) return read(size);
    onRead(lastBytes);
    lastBytes = 0;
    if (socket.destroyed) return null;
    const piece: Buffer | null = read(Math.min(pieceBytesMax, socket.readableLength) || undefined);
    lastBytes = piece?.length ?? 0;
    return piece;
  };
}
