package dev.inlay.architecture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.BlockTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every public type, constructor and method has a Javadoc comment; whether it is well formed is the compiler's to say. */
class PublicDocumentationTest {
    @Test
    void everythingPublicIsDocumented() throws IOException {
        assertThat(undocumented(Path.of("src/main/java"))).isEmpty();
    }

    @Test
    void whatIsMissingIsFound(@TempDir Path folder) throws IOException {
        Files.writeString(
                folder.resolve("A.java"),
                """
                public class A {
                    public A() {}
                    /** Documented. */
                    public void b() {}
                    public void c() {}
                    void d() {}
                    @Override public String toString() { return ""; }
                    interface E { void f(); }
                    /** Documented. */
                    public interface G { void h(); }
                }
                """);
        assertThat(undocumented(folder)).containsExactly("A.java: A", "A.java: A()", "A.java: c", "A.java: h");
    }

    private static List<String> undocumented(Path folder) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, UTF_8);
                Stream<Path> tree = Files.walk(folder)) {
            List<Path> sources = tree.filter(path -> path.toString().endsWith(".java"))
                    .sorted()
                    .toList();
            Iterable<? extends JavaFileObject> objects = files.getJavaFileObjectsFromPaths(sources);
            JavacTask task = (JavacTask) compiler.getTask(null, files, null, List.of("-proc:none"), null, objects);
            Missing missing = new Missing(DocTrees.instance(task));
            for (CompilationUnitTree unit : task.parse()) {
                missing.scan(unit, null);
            }
            return missing.found;
        }
    }

    private static final class Missing extends TreePathScanner<Void, Void> {
        private final DocTrees comments;
        private final List<String> found = new ArrayList<>();

        private Missing(DocTrees comments) {
            this.comments = comments;
        }

        @Override
        public Void visitClass(ClassTree type, Void nothing) {
            boolean top = getCurrentPath().getParentPath().getLeaf() instanceof CompilationUnitTree;
            if (!top && !isPublic(type.getModifiers()) || top && !has(type.getModifiers(), Modifier.PUBLIC)) {
                return null;
            }
            require(type.getSimpleName().toString());
            return super.visitClass(type, null);
        }

        @Override
        public Void visitMethod(MethodTree method, Void nothing) {
            boolean overrides = method.getModifiers().getAnnotations().stream()
                    .anyMatch(annotation ->
                            annotation.getAnnotationType().toString().equals("Override"));
            if (isPublic(method.getModifiers()) && !overrides) {
                String name = method.getName().toString();
                require(name.equals("<init>") ? enclosing().getSimpleName() + "()" : name);
            }
            return null;
        }

        @Override
        public Void visitVariable(VariableTree field, Void nothing) {
            return null;
        }

        @Override
        public Void visitBlock(BlockTree initializer, Void nothing) {
            return null;
        }

        private boolean isPublic(ModifiersTree modifiers) {
            boolean inInterface = enclosing().getKind() == Tree.Kind.INTERFACE;
            return has(modifiers, Modifier.PUBLIC) || inInterface && !has(modifiers, Modifier.PRIVATE);
        }

        private ClassTree enclosing() {
            return (ClassTree) getCurrentPath().getParentPath().getLeaf();
        }

        private static boolean has(ModifiersTree modifiers, Modifier modifier) {
            return modifiers.getFlags().contains(modifier);
        }

        private void require(String name) {
            if (comments.getDocComment(getCurrentPath()) == null) {
                Path file = Path.of(
                        getCurrentPath().getCompilationUnit().getSourceFile().getName());
                found.add(file.getFileName() + ": " + name);
            }
        }
    }
}
