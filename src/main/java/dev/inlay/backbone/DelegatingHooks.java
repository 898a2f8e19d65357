package dev.inlay.backbone;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** Hands every hook on to other hooks; a subclass says what it does besides, or instead. */
public abstract class DelegatingHooks implements ForwardHooks {
    private final ForwardHooks hooks;

    /**
     * Creates hooks that do as others do.
     *
     * @param hooks borrowed
     */
    protected DelegatingHooks(ForwardHooks hooks) {
        this.hooks = hooks;
    }

    @Override
    public Tensor parameter(String name, Tensor base) {
        return hooks.parameter(name, base);
    }

    @Override
    public void product(String weight, Tensor x, Tensor y) {
        hooks.product(weight, x, y);
    }

    @Override
    public Tensor output(String place, Tensor x, Tensor y, Dropout dropout) {
        return hooks.output(place, x, y, dropout);
    }

    @Override
    public void attention(int block, Tensor q, Tensor k, int heads) {
        hooks.attention(block, q, k, heads);
    }

    @Override
    public Tensor tokens(int block, Tensor x, Dropout dropout) {
        return hooks.tokens(block, x, dropout);
    }

    @Override
    public Optional<Tensor> context(int block, Dropout dropout) {
        return hooks.context(block, dropout);
    }

    @Override
    public boolean readsOthers() {
        return hooks.readsOthers();
    }

    @Override
    public Tensor pooled(Tensor x, Tensor own) {
        return hooks.pooled(x, own);
    }
}
