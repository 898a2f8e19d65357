package dev.inlay.checkpoint.naming;

import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What is done to stored tensors to make timm's, and how it is undone. Tensors belong to the caller's scope. */
enum Change {
    /** One tensor, taken as it is. */
    NONE("") {
        @Override
        List<List<Long>> made(List<List<Long>> stored) {
            return stored;
        }

        @Override
        List<List<Long>> stored(List<List<Long>> made, int parts) {
            return made;
        }

        @Override
        List<Tensor> make(List<Tensor> stored) {
            return stored;
        }

        @Override
        List<Tensor> undo(List<Tensor> made, int parts) {
            return made;
        }
    },

    /** Matrices or vectors of equal shape, one below the other: query, key and value as timm's qkv. */
    FUSED("one below the other") {
        @Override
        List<List<Long>> made(List<List<Long>> stored) {
            List<Long> first = stored.get(0);
            if (first.isEmpty() || stored.stream().anyMatch(shape -> !shape.equals(first))) {
                throw new IllegalArgumentException("expected equal shapes, found " + stored);
            }
            List<Long> all = new ArrayList<>(first);
            all.set(0, first.get(0) * stored.size());
            return List.of(all);
        }

        @Override
        List<List<Long>> stored(List<List<Long>> made, int parts) {
            List<Long> all = made.get(0);
            if (all.isEmpty() || all.get(0) % parts != 0) {
                throw new IllegalArgumentException("expected rows that " + parts + " divides, found " + all);
            }
            List<Long> part = new ArrayList<>(all);
            part.set(0, all.get(0) / parts);
            return Collections.nCopies(parts, part);
        }

        @Override
        List<Tensor> make(List<Tensor> stored) {
            return List.of(Tensors.cat(stored, 0));
        }

        @Override
        List<Tensor> undo(List<Tensor> made, int parts) {
            Tensor all = made.get(0);
            long rows = all.size(0) / parts;
            List<Tensor> stored = new ArrayList<>();
            for (int part = 0; part < parts; part++) {
                stored.add(all.narrow(0, part * rows, rows));
            }
            return stored;
        }
    },

    /** A vector (D) as a token (1, 1, D). */
    TOKEN("as (1, 1, D)") {
        @Override
        List<List<Long>> made(List<List<Long>> stored) {
            return List.of(List.of(1L, 1L, sizes(stored, 1).get(0)));
        }

        @Override
        List<List<Long>> stored(List<List<Long>> made, int parts) {
            return List.of(List.of(sizes(made, 3).get(2)));
        }

        @Override
        List<Tensor> make(List<Tensor> stored) {
            return List.of(stored.get(0).reshape(1, 1, -1));
        }

        @Override
        List<Tensor> undo(List<Tensor> made, int parts) {
            return List.of(made.get(0).reshape(-1));
        }
    },

    /** A table (N, D) as (1, N, D). */
    TABLE("as (1, N, D)") {
        @Override
        List<List<Long>> made(List<List<Long>> stored) {
            List<Long> table = sizes(stored, 2);
            return List.of(List.of(1L, table.get(0), table.get(1)));
        }

        @Override
        List<List<Long>> stored(List<List<Long>> made, int parts) {
            return List.of(sizes(made, 3).subList(1, 3));
        }

        @Override
        List<Tensor> make(List<Tensor> stored) {
            return List.of(stored.get(0).unsqueeze(0));
        }

        @Override
        List<Tensor> undo(List<Tensor> made, int parts) {
            return List.of(made.get(0).squeeze(0));
        }
    },

    /** A number for each channel of an image (D, 1, 1) as (D). */
    CHANNELS("as (D)") {
        @Override
        List<List<Long>> made(List<List<Long>> stored) {
            List<Long> channels = sizes(stored, 3);
            if (channels.get(1) != 1 || channels.get(2) != 1) {
                throw new IllegalArgumentException("expected (D, 1, 1), found " + channels);
            }
            return List.of(channels.subList(0, 1));
        }

        @Override
        List<List<Long>> stored(List<List<Long>> made, int parts) {
            return List.of(List.of(sizes(made, 1).get(0), 1L, 1L));
        }

        @Override
        List<Tensor> make(List<Tensor> stored) {
            return List.of(stored.get(0).flatten());
        }

        @Override
        List<Tensor> undo(List<Tensor> made, int parts) {
            return List.of(made.get(0).reshape(-1, 1, 1));
        }
    },

    /**
     * A bias (3D) of query, key and value, and the mask of it (3D), which is zero for the key and one for the others, as the
     * biases of query and value. Undone, the key's is zero.
     */
    KEYLESS("without that of the key, which is masked") {
        @Override
        List<List<Long>> made(List<List<Long>> stored) {
            long all = sizes(stored, 1).get(0);
            if (all % PARTS != 0 || !stored.get(1).equals(stored.get(0))) {
                throw new IllegalArgumentException("expected (3D) and a mask of it, found " + stored);
            }
            return Collections.nCopies(2, List.of(all / PARTS));
        }

        @Override
        List<List<Long>> stored(List<List<Long>> made, int parts) {
            List<Long> query = sizes(made, 1);
            if (!made.get(1).equals(query)) {
                throw new IllegalArgumentException("expected equal shapes, found " + made);
            }
            return Collections.nCopies(2, List.of(PARTS * query.get(0)));
        }

        @Override
        List<Tensor> make(List<Tensor> stored) {
            Tensor masked = stored.get(0).mul(stored.get(1));
            long size = masked.size(0) / PARTS;
            if (masked.narrow(0, size, size).count_nonzero().item_long() != 0) {
                throw new DataException("expected a bias that is masked for keys, found one that is not;"
                        + " Inlay does not compute that");
            }
            return List.of(masked.narrow(0, 0, size), masked.narrow(0, 2 * size, size));
        }

        @Override
        List<Tensor> undo(List<Tensor> made, int parts) {
            Tensor query = made.get(0);
            Tensor zero = torch.zeros_like(query);
            Tensor one = torch.ones_like(query);
            return List.of(Tensors.cat(List.of(query, zero, made.get(1)), 0), Tensors.cat(List.of(one, zero, one), 0));
        }
    },

    /**
     * A class token (1, 1, D) and a position table (1, 1 + cells, D) as the token with its position added, and a table of
     * the cells alone: how timm holds networks with register tokens ({@code no_embed_class}). Undone, the class token's
     * position is zero.
     */
    POSITIONED("position of the class token added to it") {
        @Override
        List<List<Long>> made(List<List<Long>> stored) {
            List<Long> token = stored.get(0);
            List<Long> table = stored.get(1);
            boolean fits = token.size() == 3
                    && table.size() == 3
                    && token.get(0) == 1
                    && token.get(1) == 1
                    && table.get(0) == 1
                    && table.get(1) > 1
                    && table.get(2).equals(token.get(2));
            if (!fits) {
                throw new IllegalArgumentException("expected (1, 1, D) and (1, 1 + cells, D), found " + stored);
            }
            return List.of(token, List.of(1L, table.get(1) - 1, table.get(2)));
        }

        @Override
        List<List<Long>> stored(List<List<Long>> made, int parts) {
            List<Long> token = made.get(0);
            List<Long> table = made.get(1);
            if (token.size() != 3 || table.size() != 3 || !table.get(2).equals(token.get(2))) {
                throw new IllegalArgumentException("expected (1, 1, D) and (1, cells, D), found " + made);
            }
            return List.of(token, List.of(1L, table.get(1) + 1, table.get(2)));
        }

        @Override
        List<Tensor> make(List<Tensor> stored) {
            Tensor table = stored.get(1);
            return List.of(stored.get(0).add(table.narrow(1, 0, 1)), table.narrow(1, 1, table.size(1) - 1));
        }

        @Override
        List<Tensor> undo(List<Tensor> made, int parts) {
            Tensor token = made.get(0);
            return List.of(token, Tensors.cat(List.of(torch.zeros_like(token), made.get(1)), 1));
        }
    };

    private static final int PARTS = 3;

    private final String words;

    Change(String words) {
        this.words = words;
    }

    /** The change for people; empty if there is none. */
    String words() {
        return words;
    }

    /**
     * The shapes of what is made.
     *
     * @throws IllegalArgumentException if {@code stored} are no shapes that can be changed so
     */
    abstract List<List<Long>> made(List<List<Long>> stored);

    /**
     * The shapes of what is written.
     *
     * @param parts how many tensors that is
     * @throws IllegalArgumentException if {@code made} are no shapes that the change makes
     */
    abstract List<List<Long>> stored(List<List<Long>> made, int parts);

    /** timm's tensors. */
    abstract List<Tensor> make(List<Tensor> stored);

    /**
     * The stored tensors.
     *
     * @param parts how many there are
     */
    abstract List<Tensor> undo(List<Tensor> made, int parts);

    private static List<Long> sizes(List<List<Long>> shapes, int rank) {
        List<Long> shape = shapes.get(0);
        if (shape.size() != rank) {
            throw new IllegalArgumentException(
                    "expected " + rank + (rank == 1 ? " size" : " sizes") + ", found " + shape);
        }
        return shape;
    }
}
