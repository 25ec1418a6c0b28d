using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Norris.Tests.Mutants;

/// <summary>A change that somebody has thought of.</summary>
/// <param name="Name">What it makes the machines do.</param>
/// <param name="Edits">Where and how, one after the other.</param>
public sealed record NamedMutant(string Name, params IReadOnlyList<Edit> Edits) : Mutant(Name)
{
    public override void Change(SyntaxTree[] sources)
    {
        foreach (var edit in Edits)
        {
            edit.Apply(sources);
        }
    }
}

/// <summary>
/// One place in the machines' sources, and what stands there instead. The place is an expression or a statement in a member of a type, whatever
/// the white space: there has to be exactly one like it.
/// </summary>
/// <param name="Type">The type's name.</param>
/// <param name="Member">The name of a method or of a constructor (all of that name are looked at), a property, a field or a constant.</param>
/// <param name="Find">The expression; or the statement, with its semicolon.</param>
/// <param name="Put">What stands there instead; empty: nothing.</param>
public sealed record Edit(string Type, string Member, string Find, string Put)
{
    public void Apply(SyntaxTree[] sources)
    {
        var isStatement = Find.EndsWith(';');
        SyntaxNode wanted = isStatement ? SyntaxFactory.ParseStatement(Find) : SyntaxFactory.ParseExpression(Find);
        SyntaxNode instead = isStatement ? SyntaxFactory.ParseStatement(Put.Length == 0 ? ";" : Put) : SyntaxFactory.ParseExpression($"({Put})");
        if (wanted.ContainsDiagnostics || instead.ContainsDiagnostics)
        {
            throw new AnchorException($"{this} is no C#");
        }

        var members = sources.SelectMany((tree, i) => MembersOf(tree).Select(member => (Source: i, Member: member))).ToList();
        if (members.Count == 0)
        {
            throw new AnchorException($"there is no {Type}.{Member}");
        }

        var found = members.SelectMany(m => m.Member.DescendantNodes().Where(n => SyntaxFactory.AreEquivalent(n, wanted)).Select(n => (m.Source, Node: n))).ToList();
        if (found is not [var (at, node)])
        {
            throw new AnchorException($"{Type}.{Member} has {found.Count} times '{Find}', not once");
        }

        var root = sources[at].GetRoot().ReplaceNode(node, instead.WithTriviaFrom(node));
        sources[at] = sources[at].WithRootAndOptions(root, sources[at].Options);
    }

    private IEnumerable<SyntaxNode> MembersOf(SyntaxTree tree) =>
        tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>()
            .Where(type => type.Identifier.Text == Type)
            .SelectMany(type => type.Members)
            .Where(member => member switch
            {
                MethodDeclarationSyntax m => m.Identifier.Text == Member,
                ConstructorDeclarationSyntax c => c.Identifier.Text == Member,
                PropertyDeclarationSyntax p => p.Identifier.Text == Member,
                FieldDeclarationSyntax f => f.Declaration.Variables.Any(v => v.Identifier.Text == Member),
                _ => false,
            });
}
